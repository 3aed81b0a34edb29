/// A voice at a price.
public struct Tier: Sendable, Hashable, Codable {
    /// Its name in `tiers.yaml`, in records and in metrics, e.g. `basic`: 1 to 32 of `a-z 0-9 _ -`.
    public var name: String
    /// Who speaks, e.g. `flite`.
    public var engine: String
    /// The engine's voice, e.g. `kal`.
    public var voice: String
    /// Per 1,000 characters spoken; 0 is a voice that costs nothing.
    public var priceMicroDollars: Int
    /// Its place in the ladder, ascending from the lowest.
    public var rank: Int
    public init(name: String, engine: String, voice: String, priceMicroDollars: Int, rank: Int) {
        (self.name, self.engine, self.voice) = (name, engine, voice)
        (self.priceMicroDollars, self.rank) = (priceMicroDollars, rank)
    }
}
