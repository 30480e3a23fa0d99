//! Our own types as columns: a row is read straight into what it stands for.

use crate::{
    domain::id::{DeliveryId, PersonId},
    message::Platform,
};
use sqlx::{Database, Decode, Type, error::BoxDynError};

macro_rules! column {
    ($name:ty, $stored:ty, $read:expr) => {
        impl<DB: Database> Type<DB> for $name
        where
            $stored: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$stored>::type_info()
            }

            fn compatible(found: &DB::TypeInfo) -> bool {
                <$stored>::compatible(found)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            $stored: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn($stored) -> Result<Self, BoxDynError> = $read;
                read(<$stored>::decode(value)?)
            }
        }
    };
}

column!(DeliveryId, i64, |number| Ok(DeliveryId(number)));
column!(PersonId, i64, |number| Ok(PersonId(number)));
column!(Platform, String, |text| Platform::parse(&text).ok_or_else(|| "a platform we do not know".into()));
