public import Foundation

extension Date {
    /// ISO 8601 in UTC, to the millisecond: how times stand in JSON, `2026-03-01T09:30:00.125Z`.
    public var timestamp: String { formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
