/// How a database's writer is doing, counted since it was opened.
public struct WriterStatistics: Sendable, Equatable {
    /// Transactions, and what was asked for in them.
    public var commits = 0, requests = 0
    /// The most requests that one transaction held.
    public var largestGroup = 0
    /// Requests turned away because the queue was full.
    public var refused = 0
    /// Requests that wait for the next transaction.
    public var waiting = 0
    /// Writes that were accepted while the database was out of order, and those of them that it has taken since.
    public var deferred = 0, replayed = 0
    /// Times that the database went out of order.
    public var outages = 0
}
