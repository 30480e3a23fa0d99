// What to try next, and what can be typed.

export const COMMANDS = [
  ['/projects rust', 'Search the open work'],
  ['/projects webinar', 'Anything about webinars'],
  ['/projects skill:sql hours:<=4 remote', 'Narrow it down'],
  ['/projects type:shadowing', 'project, gig, role, shadowing, mentoring or skillshare'],
  ['/projects team:marketing', 'The work of one team'],
  ['/mobility', 'The next useful thing, and three matches'],
  ['/mobility find ', 'Search the open work'],
  ['/mobility matches', 'What fits you and what you want to learn'],
  ['/mobility show P-101', 'Everything about one post'],
  ['/mobility why P-101', 'What fits, what is missing, what it teaches'],
  ['/mobility interested P-101', 'Tell the owner that you would like to'],
  ['/mobility save P-101', 'Keep it for later'],
  ['/mobility saved', 'Your list'],
  ['/mobility hide P-101', 'Not for me: it never comes back'],
  ['/mobility matches feedback', 'What your matches listen to'],
  ['/mobility applied', 'Where your applications stand'],
  ['/mobility withdraw P-101', 'Take an application back'],
  ['/mobility profile', 'What the programme knows of you, to edit'],
  ['/mobility skills have SQL, Rust', 'Add skills in one line'],
  ['/mobility skills want Grafana', 'Add what you want to learn'],
  ['/mobility skills want role: Product manager', 'Say where you would like to go'],
  ['/mobility paths', 'Roles you could grow into'],
  ['/mobility mentor find SQL', 'Somebody to learn from'],
  ['/mobility mentor offer', 'Help others with what you can'],
  ['/mobility expert Kubernetes', 'Whom you may ask'],
  ['/mobility 1on1', 'Your career conversations'],
  ['/mobility team', 'Your reports, and where the conversations stand'],
  ['/mobility post', 'Offer a piece of work'],
  ['/mobility edit P-101', 'Change a post of yours'],
  ['/mobility close P-101', 'Close a post of yours'],
  ['/mobility applicants P-101', 'See and answer who applied'],
  ['/mobility channel', "This channel's weekly digest"],
  ['/mobility nudges', 'What was sent to you and why'],
  ['/mobility snooze 2w', 'Nothing unprompted for a while'],
  ['/mobility privacy', 'Who sees what'],
  ['/mobility my-data', 'Everything stored about you'],
  ['/mobility forget-me', 'Erase it, after a look'],
  ['/mobility admin report', 'The measures of the quarter (people who run the programme)'],
  ['/mobility help', 'All of this'],
];

export function fitting(typed) {
  if (!typed.startsWith('/')) return [];
  const wanted = typed.toLowerCase();
  return COMMANDS.filter(([command]) => command.startsWith(wanted) && command !== wanted).slice(0, 8);
}

const done = new Set(JSON.parse(sessionStorage.getItem('done') ?? '[]'));

// Remembers what somebody has done, so that the hint moves on.
export function did(step) {
  done.add(step);
  sessionStorage.setItem('done', JSON.stringify([...done]));
}

let before = new Map();

// Remembers who had how much to read, so that whoever is told next can be named.
export function remember(people) {
  before = new Map(people.map((each) => [each.id, each.unread]));
}

// One sentence, and perhaps what a press on the button beside it does.
export function hint(state, me, place) {
  const first = (person) => person.name.split(' ')[0];
  const told = state.people.find((person) => person.id !== me.id && person.unread > (before.get(person.id) ?? 0));
  const role = /^[A-Z][a-z]/.test(me.title) ? me.title[0].toLowerCase() + me.title.slice(1) : me.title;
  const you = `You are ${first(me)}, ${role}.`;
  const jump = { words: 'Next quarter', leap: 'quarter' };
  if (state.jump) return ['Time is passing. Reminders, digests and answers arrive as they fall due.', null];
  const talks = done.has('jumped') && !done.has('confirmed');
  if (!talks && !done.has('searched')) {
    const words = done.has('jumped') ? `${you} Type /projects rust and press Enter to find work.` : `${you} Type /projects rust and press Enter, or press Next quarter to see what managers get.`;
    return [words, { words: 'Type it for me', type: '/projects rust' }];
  }
  if (!talks && !done.has('interested')) return ['Press “I’m interested” on a post, or “Show” to read more first. Looking is private: nobody is told.', null];
  if (!talks && !done.has('owner')) {
    if (!told) return ['Your interest is on its way to the owner of the post: wait a second.', null];
    return [`${first(told)} owns that post and has just been told. See it with their eyes.`, { words: `Be ${first(told)}`, person: told.id }];
  }
  if (!done.has('jumped')) return ['This is what the owner reads. Now let the quarter pass and see what managers get.', jump];
  if (!done.has('picked')) {
    if (me.asked) return ['Press one of the times under a name: both of you get the appointment.', null];
    const manager = state.people.find((person) => person.asked);
    if (manager) return [`${first(manager)} was asked to plan career conversations. Be ${first(manager)} and press a time.`, { words: `Be ${first(manager)}`, person: manager.id }];
    return ['Managers are asked over the first ten working days of a quarter. Go on day by day.', { words: 'Next working day', leap: 'day' }];
  }
  if (!done.has('confirmed')) return ['It is planned. Press Next working day until the talk is over: both are asked “did it happen?”, and it counts when both say Yes.', { words: 'Next working day', leap: 'day' }];
  return ['Look around: the Home tab, /mobility matches, the Monday digest in the channels, or a post of your own.', { words: '/mobility help', type: '/mobility help' }];
}
