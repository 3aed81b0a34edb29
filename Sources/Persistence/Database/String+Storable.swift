extension String {
    /// SQLite reads text up to its first NUL; one that a client typed becomes U+FFFD, so that nothing after it is lost.
    var storable: String { utf8.contains(0) ? replacing("\0", with: "\u{FFFD}") : self }
}
