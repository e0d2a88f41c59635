/** Unix seconds as ISO 8601 in UTC, for messages: `2027-01-01T03:00:00Z`. */
export const momentText = (time: number): string => Temporal.Instant.fromEpochMilliseconds(time * 1000).toString();
