/// The certificate of a server that speaks TLS. Any thread.
extension WebServer {
    /// When it expires, in seconds since 1970, which may lie in the past; nil without TLS.
    public var certificateExpires: Int64? { state.tls?.expires }

    /// Whether the files are others than those in use, by inode and time of modification; for a caller that looks now and then.
    public func certificatesChanged() -> Bool { state.tls?.hasChanged ?? false }

    /// Reads certificate and key again, and serves new connections with them; those that are open go on as they are.
    /// - Throws: ``TLSError``, one sentence; then what was in use stays in use.
    public func reloadCertificate() throws(TLSError) {
        guard let tlsFiles else { throw TLSError(.notConfigured, "this server speaks no TLS: there is no certificate to read again") }
        state.tls = try TLSContext(tlsFiles)
    }
}
