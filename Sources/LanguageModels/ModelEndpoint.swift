public import Foundation
public import Orchestrator

/// Where a model is, and how long it may take: what all dialects need.
public struct ModelEndpoint: Sendable {
    /// Of the engine in the configuration, e.g. `llm.primary`.
    public var name: String
    /// Without the dialect's own path and a slash at its end, e.g. `https://api.openai.com/v1`.
    public var base: String
    /// As the provider calls it, e.g. `gpt-4.1-mini`.
    public var model: String
    public var key: APIKey?
    public var price: ModelPrice
    /// From sending to the first text, inside what the caller allows.
    public var firstText = Duration.seconds(4)
    /// From one piece of text to the next while somebody waits for it.
    public var betweenPieces = Duration.seconds(5)
    /// Further header fields, for proxies and organisations.
    public var headers: [(String, String)] = []
    /// The wall clock that dates in answers are held against.
    public var wallClock: @Sendable () -> Date = { Date() }

    public init(name: String, base: String, model: String, key: APIKey? = nil, price: ModelPrice = .free) {
        (self.name, self.model, self.key, self.price) = (name, model, key, price)
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    }
}
