/// A ledger that lives as long as its process, with the semantics of the durable one.
public actor InMemoryBudgetLedger: BudgetLedger {
    /// One line of the books. Entries of one reservation add up to nothing once it is balanced.
    public struct Entry: Sendable, Equatable {
        public enum Kind: String, Sendable { case reserve, commit, release }
        public var kind: Kind
        public var key: String
        public var scope: String
        public var amountMicroDollars: Int
    }
    /// Append-only.
    public private(set) var entries: [Entry] = []
    private var balances: [String: BudgetBalance] = [:]
    private var open: [String: Reservation] = [:]
    private var balanced: Set<String> = []

    public init() {}

    public func reserve(_ amountMicroDollars: Int, in scopes: [BudgetScope], key: String) throws(BudgetError) -> Reservation {
        if let first = open[key] { return first }
        guard !balanced.contains(key) else { throw .unknownReservation(key: key) }
        let scopes = BudgetScope.distinct(scopes)
        guard amountMicroDollars >= 0, !scopes.isEmpty else {
            throw .unavailable("cannot reserve \(amountMicroDollars) micro-dollars in \(scopes.count) scopes")
        }
        for scope in scopes {  // all are looked at before any is touched
            var balance = balances[scope.name] ?? BudgetBalance(capMicroDollars: 0, spentMicroDollars: 0, reservedMicroDollars: 0)
            balance.capMicroDollars = scope.capMicroDollars
            balances[scope.name] = balance
            guard amountMicroDollars <= balance.leftMicroDollars else {
                throw .exhausted(scope: scope.name, leftMicroDollars: balance.leftMicroDollars, askedMicroDollars: amountMicroDollars)
            }
        }
        let reservation = Reservation(key: key, amountMicroDollars: amountMicroDollars, scopes: scopes.map(\.name))
        open[key] = reservation
        for scope in reservation.scopes {
            balances[scope]?.reservedMicroDollars += amountMicroDollars
            entries.append(Entry(kind: .reserve, key: key, scope: scope, amountMicroDollars: amountMicroDollars))
        }
        return reservation
    }

    public func commit(_ reservation: Reservation, actualMicroDollars: Int) throws(BudgetError) {
        try balance(reservation.key, spending: actualMicroDollars)
    }

    public func release(_ reservation: Reservation) throws(BudgetError) {
        try balance(reservation.key, spending: nil)
    }

    public func balance(of scope: BudgetScope) -> BudgetBalance {
        var balance = balances[scope.name] ?? BudgetBalance(capMicroDollars: 0, spentMicroDollars: 0, reservedMicroDollars: 0)
        balance.capMicroDollars = scope.capMicroDollars
        return balance
    }

    /// What a ledger does at start with the promises of a process that died: none of them was kept.
    /// - Returns: how many were open.
    @discardableResult
    public func releaseAbandoned() -> Int {
        let keys = open.keys.sorted()
        for key in keys { try? balance(key, spending: nil) }
        return keys.count
    }

    private func balance(_ key: String, spending actual: Int?) throws(BudgetError) {
        guard let reservation = open[key] else { throw .unknownReservation(key: key) }
        let spent = actual ?? 0
        guard (0...reservation.amountMicroDollars).contains(spent) else {
            throw .unavailable("cannot commit \(spent) of \(reservation.amountMicroDollars) micro-dollars reserved under \(key)")
        }
        open[key] = nil
        balanced.insert(key)
        let rest = reservation.amountMicroDollars - spent
        for scope in reservation.scopes {
            balances[scope]?.reservedMicroDollars -= reservation.amountMicroDollars
            balances[scope]?.spentMicroDollars += spent
            if actual != nil { entries.append(Entry(kind: .commit, key: key, scope: scope, amountMicroDollars: spent)) }
            if actual == nil || rest > 0 { entries.append(Entry(kind: .release, key: key, scope: scope, amountMicroDollars: rest)) }
        }
    }
}
