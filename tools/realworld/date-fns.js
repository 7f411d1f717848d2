// date-fns: arithmetic, formats and parsing, through a year with its changes of the clock, in the host's zone.
const d = dateFns;
const days = d.eachDayOfInterval({ start: new Date(2023, 11, 25), end: new Date(2025, 0, 10) });
for (const day of days) {
  print(d.format(day, "yyyy-MM-dd'T'HH:mm:ss.SSSxxx EEEE do MMMM QQQQ R-'W'II-i DDD w B h a"), d.getWeek(day), d.getISOWeekYear(day), d.getDayOfYear(day), d.isWeekend(day), d.getUnixTime(day));
}
const start = new Date(2024, 0, 31, 13, 45, 59, 123);
for (let i = -30; i <= 30; i++) {
  const x = d.add(start, { months: i, weeks: i % 3, days: i * 2, hours: i * 5, minutes: -i });
  print(x.toISOString(), d.formatISO(x), d.formatRFC3339(x), d.formatRFC7231(x), d.formatDistance(x, start, { addSuffix: true, includeSeconds: true }), d.formatRelative(x, start), d.differenceInBusinessDays(x, start), d.differenceInCalendarMonths(x, start), JSON.stringify(d.intervalToDuration({ start, end: x })), d.formatDuration(d.intervalToDuration({ start, end: x })));
  print(+d.startOfWeek(x, { weekStartsOn: 1 }), +d.endOfQuarter(x), +d.lastDayOfMonth(x), +d.roundToNearestMinutes(x, { nearestTo: 15 }), +d.nextFriday(x), +d.startOfISOWeekYear(x), +d.addBusinessDays(x, i), +d.set(x, { month: 1, date: 29 }), d.isLeapYear(x), d.getWeeksInMonth(x), d.isSameWeek(x, start));
}
for (const [text, pattern] of [['2024-02-29 23:59', 'yyyy-MM-dd HH:mm'], ['Feb 3rd, 2021 5 PM', 'MMM do, yyyy h a'], ['31/02/2020', 'dd/MM/yyyy'], ['2020-W53-7', "RRRR-'W'II-i"], ['12:30:15.5 -0330', 'HH:mm:ss.S xx'], ['Tuesday 7 May 44 BC', 'EEEE d MMMM y G'], ['1700000000', 't'], ['x', 'yyyy']]) {
  const x = d.parse(text, pattern, new Date(2000, 0, 1));
  print(text, String(+x), d.isValid(x) ? d.formatISO9075(x) : 'invalid', d.isMatch(text, pattern));
}
for (const text of ['2024-03-10T02:30:00', '2024-02-30', '2024-W10-3', '2024-123', '20240229T1234Z', '2024-01-01T24:00', '+012024-01-01', 'nope', '2024-06-15T12:00:00+05:30']) print(text, String(+d.parseISO(text)));
print(JSON.stringify(d.eachWeekendOfMonth(start)), JSON.stringify(d.eachMonthOfInterval({ start, end: d.addYears(start, 1) })), d.areIntervalsOverlapping({ start, end: d.addDays(start, 5) }, { start: d.addDays(start, 4), end: d.addDays(start, 9) }), d.closestTo(start, days).toISOString());
for (const bad of [() => d.format(new Date(NaN), 'yyyy'), () => d.format(start, 'LLLLLLL'), () => d.format(start, 'n'), () => d.formatISO(new Date(NaN))]) try { print(bad()); } catch (e) { print(e.name, e.message); }
print(d.formatDistanceStrict(start, d.addSeconds(start, 100000), { unit: 'hour' }), d.differenceInYears(start, new Date(1970, 1, 1)), d.intervalToDuration({ start: new Date(2020, 1, 29), end: new Date(2024, 1, 28) }).months, Object.keys(d).length);
