/// Whose data is to be forgotten.
public enum Person: Sendable, Equatable {
    /// A telephone number in any spelling: its digits count, without `+` or `00`.
    case phone(String)
    /// The client's own name for somebody.
    case user(String)
    /// One session, or what is known under a call's id or its carrier's.
    case session(String)

    /// Why nobody can be meant; `nil` for what can be looked for.
    public var problem: String? {
        switch self {
        case .phone(let number) where Self.digits(number).count < PhoneNumber.significantDigits:
            "a phone number has at least \(PhoneNumber.significantDigits) digits"
        case .user(let name) where name.isEmpty: "the user's id is empty"
        case .session(let id) where id.isEmpty: "the session's id is empty"
        default: nil
        }
    }

    /// The digits that two spellings of one number share.
    static func digits(_ number: String) -> String {
        let digits = PhoneNumber(number).digits
        return digits.hasPrefix("00") ? String(digits.dropFirst(2)) : digits
    }
}

/// What was erased, in rows; the files that were not looked into.
public struct ErasureReport: Sendable, Equatable {
    /// Conversations and calls that were this person's.
    public var sessions = 0, calls = 0
    /// Rows that lost what the person said or was, by table.
    public var rows: [String: Int] = [:]
    /// Writes of the person's that waited in `PATH.backlog` and were taken out.
    public var backlogWrites = 0
    /// Copies of the database beside it that may still hold the person: damaged files, old ones that a restore kept.
    public var otherFiles: [String] = []
    /// False while a reader keeps the write-ahead log from being emptied: repeat the erasure later.
    public var isLogEmptied = true
    public init() {}
}

/// Why nothing was erased.
public enum ErasureError: Error, Sendable, Equatable, CustomStringConvertible {
    case notAPerson(String)
    /// The person is on the phone: what is erased now would be written again.
    case live(calls: [String])
    case store(StorageError)
    public var description: String {
        switch self {
        case .notAPerson(let why): why
        case .live(let calls): "a call of this person is live (\(calls.joined(separator: ", "))): repeat it when it has ended"
        case .store(let error): error.description
        }
    }
}
