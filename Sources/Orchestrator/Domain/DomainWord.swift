/// A word or name of the domain, and what recognisers make of it.
public struct DomainWord: Sendable, Equatable {
    /// As it should stand in a transcript.
    public var word: String
    /// What was written instead, lower case.
    public var heard: [String]
    public init(word: String, heard: [String] = []) { (self.word, self.heard) = (word, heard) }
}
