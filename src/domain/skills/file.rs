//! The taxonomy's file: a readable head (what it is, whose facts they are, a checksum), then compressed columns.

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read, Take, Write};

/// The first line of every taxonomy file.
const KIND: &str = "trailmark taxonomy";

/// Raised when the columns change: a program reads the files of its own format only.
const FORMAT: u32 = 1;

/// Whose facts the file is made of, and under which terms. A file that says something else is refused.
pub const LICENCE: &str = "Made from facts of O*NET 29.3 (CC BY 4.0), ESCO v1.2 (adapted, Decision 2011/833/EU), GitHub \
                           Explore topics (CC BY 4.0), linguist-languages 9.5.0 (MIT) and own additions (CC0); see NOTICE";

/// More than any taxonomy unfolds to.
const MOST_BYTES: u64 = 32 << 20;

/// Why a file is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("this is not a taxonomy file: it does not begin with “{KIND}”")]
    Kind,
    #[error("this taxonomy has format {0}, and this program reads format {FORMAT}; build it again from its sources")]
    Format(String),
    #[error("the licence line of this taxonomy is not the one this program gives attribution for: “{0}”")]
    Licence(String),
    #[error("this taxonomy is damaged: {0}")]
    Damaged(&'static str),
}

/// The whole file with these columns. The same columns give the same bytes.
///
/// # Panics
/// Never: writing into memory does not fail.
#[must_use]
pub fn seal(columns: &[u8]) -> Vec<u8> {
    let sum = hex::encode(Sha256::digest(columns));
    let mut file = format!("{KIND}\nformat {FORMAT}\n{LICENCE}\nsha256 {sum}\n").into_bytes();
    let mut packed = ZlibEncoder::new(&mut file, Compression::best());
    packed.write_all(columns).and_then(|()| packed.finish().map(drop)).expect("memory takes what is written");
    file
}

/// The columns of a file, unpacked as they are read.
pub fn open(file: &[u8]) -> Result<Reader<'_>, Refused> {
    let mut rest = file;
    let mut line = || -> Option<&str> {
        let end = rest.iter().take(1000).position(|byte| *byte == b'\n')?;
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        str::from_utf8(line).ok()
    };
    if line() != Some(KIND) {
        return Err(Refused::Kind);
    }
    let format = line().and_then(|line| line.strip_prefix("format ")).unwrap_or_default();
    if format != FORMAT.to_string() {
        return Err(Refused::Format(format.to_owned()));
    }
    let licence = line().unwrap_or_default();
    if licence != LICENCE {
        return Err(Refused::Licence(licence.to_owned()));
    }
    let expected = line().and_then(|line| line.strip_prefix("sha256 ")).ok_or(Refused::Damaged("no checksum"))?;
    let columns = Summed { packed: ZlibDecoder::new(rest).take(MOST_BYTES), sum: Sha256::new() };
    Ok(Reader { columns: BufReader::new(columns), expected })
}

/// Writes columns.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A number, small ones in one byte.
    pub fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Texts without line ends.
    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        self.bytes(texts.into_iter().collect::<Vec<_>>().join("\n").as_bytes());
    }

    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Unpacks, and sums up what it unpacked.
struct Summed<'a> {
    packed: Take<ZlibDecoder<&'a [u8]>>,
    sum: Sha256,
}

impl Read for Summed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.packed.read(buffer)?;
        self.sum.update(&buffer[..read]);
        Ok(read)
    }
}

/// Reads columns in the order they were written in. What it gives can be trusted when [`Reader::finish`] says so.
pub struct Reader<'a> {
    columns: BufReader<Summed<'a>>,
    expected: &'a str,
}

impl Reader<'_> {
    pub fn number(&mut self) -> Result<usize, Refused> {
        let mut number = 0;
        for shift in (0..28).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Refused::Damaged("a number has no end"))
    }

    /// A number below this one.
    pub fn below(&mut self, limit: usize) -> Result<u16, Refused> {
        let number = self.number()?;
        let number = if number < limit { u16::try_from(number).ok() } else { None };
        number.ok_or(Refused::Damaged("a number is too large"))
    }

    pub fn byte(&mut self) -> Result<u8, Refused> {
        let byte = *self.ahead()?.first().ok_or(TOO_SHORT)?;
        self.columns.consume(1);
        Ok(byte)
    }

    fn ahead(&mut self) -> Result<&[u8], Refused> {
        self.columns.fill_buf().map_err(|_| Refused::Damaged("it does not unpack"))
    }

    pub fn bytes(&mut self) -> Result<Vec<u8>, Refused> {
        let length = self.number()?;
        let mut bytes = Vec::with_capacity(length.min(MOST_AT_ONCE));
        while bytes.len() < length {
            let ahead = self.ahead()?;
            let part =
                ahead.get(..ahead.len().min(length - bytes.len())).filter(|it| !it.is_empty()).ok_or(TOO_SHORT)?;
            bytes.extend_from_slice(part);
            let read = part.len();
            self.columns.consume(read);
        }
        Ok(bytes)
    }

    /// Texts, a line each.
    pub fn texts(&mut self) -> Result<String, Refused> {
        String::from_utf8(self.bytes()?).map_err(|_| Refused::Damaged("a text is not UTF-8"))
    }

    /// Refuses what is longer than its columns, or not what was sealed.
    pub fn finish(mut self) -> Result<(), Refused> {
        if !self.ahead()?.is_empty() {
            return Err(Refused::Damaged("it has more than it should"));
        }
        let sum = hex::encode(self.columns.into_inner().sum.finalize());
        if sum == self.expected { Ok(()) } else { Err(Refused::Damaged("its checksum is wrong")) }
    }
}

/// A damaged length asks for no more memory than this before there is something to fill it.
const MOST_AT_ONCE: usize = 1 << 20;

const TOO_SHORT: Refused = Refused::Damaged("it ends too early");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_of_another_kind_format_or_licence_is_refused_with_the_reason() {
        let good = seal(b"columns");
        let read = |file: &[u8]| -> Result<Vec<u8>, Refused> {
            let mut reader = open(file)?;
            let columns = (0..7).map(|_| reader.byte()).collect::<Result<_, _>>()?;
            reader.finish().map(|()| columns)
        };
        assert_eq!(read(&good).as_deref(), Ok(b"columns".as_slice()));
        let with = |from: &str, to: &str| {
            let head = String::from_utf8_lossy(&good[..LICENCE.len() + 40]).replacen(from, to, 1);
            read(&[head.as_bytes(), &good[LICENCE.len() + 40..]].concat())
        };
        assert_eq!(with("trailmark", "someone's"), Err(Refused::Kind));
        assert_eq!(with("format 1", "format 2"), Err(Refused::Format("2".to_owned())));
        assert_eq!(with(LICENCE, "All rights reserved"), Err(Refused::Licence("All rights reserved".to_owned())));
        assert!(with("format 1", "format 2").unwrap_err().to_string().contains("format 2"));
        let mut damaged = good.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(matches!(read(&damaged), Err(Refused::Damaged(_))));
        assert!(matches!(read(&good[..good.len() - 6]), Err(Refused::Damaged(_))));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(numbers: Vec<u16>, texts in prop::collection::vec("[a-z]{1,9}", 1..9)) {
            let mut writer = Writer::default();
            for number in &numbers {
                writer.number(usize::from(*number));
            }
            writer.texts(texts.iter().map(String::as_str));
            let file = seal(&writer.finish());
            let mut reader = open(&file).unwrap();
            for number in numbers {
                prop_assert_eq!(reader.number(), Ok(usize::from(number)));
            }
            let read = reader.texts().unwrap();
            prop_assert_eq!(read.lines().collect::<Vec<_>>(), texts);
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            prop_assert!(open(&bytes).is_err());
            let file = seal(&bytes);
            let mut reader = open(&file).unwrap();
            while reader.number().is_ok() && reader.bytes().is_ok() {}
        }
    }
}
