/// Where money is promised and spent. Durable: once `reserve` returns, the entry survives the process, and every
/// reservation is balanced by exactly one commit or release.
///
/// Amounts are whole micro-dollars (1,000,000 = one dollar).
public protocol BudgetLedger: Sendable {
    /// Promises an amount against every scope at once, or against none.
    /// - Parameter key: makes a repetition return the first reservation.
    /// - Throws: ``BudgetError``: `exhausted` names the scope that has too little left.
    func reserve(_ amountMicroDollars: Int, in scopes: [BudgetScope], key: String) async throws(BudgetError) -> Reservation
    /// Turns a promise into spending; what was promised beyond `actual` is free again. At most the reserved amount.
    func commit(_ reservation: Reservation, actualMicroDollars: Int) async throws(BudgetError)
    /// Gives a promise back.
    func release(_ reservation: Reservation) async throws(BudgetError)
    /// What is spent, promised and left.
    func balance(of scope: BudgetScope) async throws(BudgetError) -> BudgetBalance
}

/// A cap and what it covers.
public struct BudgetScope: Sendable, Hashable, Codable {
    /// e.g. `call:CA123`, `day:2026-03-15`.
    public var name: String
    public var capMicroDollars: Int
    public init(name: String, capMicroDollars: Int) { (self.name, self.capMicroDollars) = (name, capMicroDollars) }
}

public struct Reservation: Sendable, Hashable, Codable {
    public var key: String
    public var amountMicroDollars: Int
    public var scopes: [String]
    public init(key: String, amountMicroDollars: Int, scopes: [String]) {
        (self.key, self.amountMicroDollars, self.scopes) = (key, amountMicroDollars, scopes)
    }
}

public struct BudgetBalance: Sendable, Equatable, Codable {
    public var capMicroDollars: Int, spentMicroDollars: Int, reservedMicroDollars: Int
    public var leftMicroDollars: Int { capMicroDollars - spentMicroDollars - reservedMicroDollars }
    public init(capMicroDollars: Int, spentMicroDollars: Int, reservedMicroDollars: Int) {
        (self.capMicroDollars, self.spentMicroDollars, self.reservedMicroDollars) = (capMicroDollars, spentMicroDollars, reservedMicroDollars)
    }
}

public enum BudgetError: Error, Sendable, Equatable, CustomStringConvertible {
    case exhausted(scope: String, leftMicroDollars: Int, askedMicroDollars: Int)
    /// No such reservation, or already balanced.
    case unknownReservation(key: String)
    case unavailable(String)
    public var description: String {
        switch self {
        case .exhausted(let scope, let left, let asked): "budget \(scope): \(asked) micro-dollars asked, \(left) left"
        case .unknownReservation(let key): "reservation \(key): unknown or already balanced"
        case .unavailable(let why): "budget ledger: \(why)"
        }
    }
}
