/// Whose data is to be forgotten.
public enum Person: Sendable, Equatable {
    /// A telephone number in any spelling, national or with its country: its digits count, without `+`, `00` or `0` before them.
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

    /// Said of somebody who is in no table.
    public var unknown: String {
        switch self {
        case .phone: "nobody of that number"
        case .user: "nobody of that user id"
        case .session: "no session or call of that id"
        }
    }

    /// The digits of a number, without what is dialled before it at home or abroad.
    static func digits(_ number: String) -> String { String(PhoneNumber(number.replacing("(0)", with: "")).digits.drop { $0 == "0" }) }

    /// Whether two spellings can mean one number: all digits of the one, at least 7, are the last ones of the other, as a number
    /// that was given without country or area may be anybody's that ends like it.
    ///
    /// A number is short; a long text that happens to hold one is no number.
    static func isSame(_ one: String, _ other: String) -> Bool {
        guard (PhoneNumber.significantDigits...40).contains(one.count) else { return false }
        return PhoneNumber(digits(one)).matches(PhoneNumber(digits(other)))
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
    /// Nothing was known of the person.
    public var isEmpty: Bool { sessions == 0 && calls == 0 && backlogWrites == 0 }
    public init() {}
}

/// Why nothing was erased.
public enum ErasureError: Error, Sendable, Equatable, CustomStringConvertible {
    case notAPerson(String)
    /// The person is on the phone: what is erased now would be written again.
    case live(calls: [String])
    /// The person's chats are in the memory of a gateway, which would go on with them and write nothing any more.
    case open(sessions: [String])
    case store(StorageError)
    public var description: String {
        switch self {
        case .notAPerson(let why): why
        case .live(let calls): "a call of this person is live (\(calls.joined(separator: ", "))): repeat it when it has ended"
        case .open(let sessions):
            "a chat of this person is open in the gateway (\(sessions.joined(separator: ", "))): DELETE /v1/sessions/ID ends it; repeat this then"
        case .store(let error): error.description
        }
    }
}
