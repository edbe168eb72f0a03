const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar. */
const EPOCH_SHIFT_DAYS = 719_468;
const DAYS_PER_ERA = 146_097;

/** The calendar day of an instant in UTC; `ms` are epoch milliseconds. */
export function utcDay(ms: number): string {
  const days = Math.floor(ms / DAY_MS) + EPOCH_SHIFT_DAYS;
  const era = Math.floor(days / DAYS_PER_ERA);
  const dayOfEra = days - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  // Years begin in March here, so that the leap day is the last one.
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** Time of day to the second, `03:04:12Z`. */
export function formatTime(ms: number): string {
  const inDay = ms - Math.floor(ms / DAY_MS) * DAY_MS;
  const seconds = Math.floor(inDay / SECOND_MS);
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}Z`;
}

/** Day and time to the second, `2026-11-23T03:04:12Z`. */
export function formatUtc(ms: number): string {
  return `${utcDay(ms)}T${formatTime(ms)}`;
}

/** Time of day to the minute, `03:04Z`. */
export function formatMinute(ms: number): string {
  return `${formatTime(ms).slice(0, 5)}Z`;
}

/** Time of day, with the day in front when it is not the day of `now`. */
export function formatWhen(ms: number, now: number): string {
  return utcDay(ms) === utcDay(now) ? formatTime(ms) : `${utcDay(ms)} ${formatTime(ms)}`;
}

/** A length of time in the two largest units that matter: `90 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < SECOND_MS) return `${Math.round(length)} ms`;
  if (length < 2 * MINUTE_MS) return `${Math.floor(length / SECOND_MS)} s`;
  if (length < HOUR_MS) return pair(length, MINUTE_MS, 'min', SECOND_MS, 's');
  if (length < DAY_MS) return pair(length, HOUR_MS, 'h', MINUTE_MS, 'min');
  return pair(length, DAY_MS, 'd', HOUR_MS, 'h');
}

/** How long ago something was; what has just been is not counted in milliseconds. */
export function formatAge(ms: number): string {
  return ms < SECOND_MS ? 'under 1 s' : formatDuration(ms);
}

function pair(ms: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % largeMs) / smallMs);
  return `${Math.floor(ms / largeMs)} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
