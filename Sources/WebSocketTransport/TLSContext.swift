import CLibssl
import Glibc

/// One certificate with its key, and what every TLS session made of it has in common: 1.2 and 1.3, `http/1.1` by ALPN, no renegotiation.
///
/// Sessions keep what they need of it: it may be let go while they live. Any thread.
@safe final class TLSContext: @unchecked Sendable {
    private let handle: OpaquePointer
    /// When the server's certificate expires, in seconds since 1970; nil when it does not say.
    let expires: Int64?
    private let files: TLSFiles
    private let stamps: [Int64]

    /// - Throws: ``TLSError``, one sentence. An expired certificate is taken: its clients will say so.
    init(_ files: TLSFiles) throws(TLSError) {
        self.files = files
        // Before they are read: what is written meanwhile counts as a change.
        stamps = Self.stamps(files)
        guard let handle = unsafe SSL_CTX_new(TLS_server_method()), unsafe mg_tls_at_least_1_2(handle) == 1 else {
            throw TLSError(.unavailable, "OpenSSL has no memory left for a certificate")
        }
        unsafe self.handle = handle
        var expires: Int64?
        do throws(TLSError) { expires = unsafe try Self.load(files, into: handle) } catch {
            unsafe SSL_CTX_free(handle)
            throw error
        }
        self.expires = expires
        unsafe mg_tls_modes(handle)
        unsafe SSL_CTX_set_alpn_select_cb(handle, selectProtocol, nil)
    }

    deinit { unsafe SSL_CTX_free(handle) }

    /// Whether either file is another one than was read, or has been written since.
    var hasChanged: Bool { Self.stamps(files) != stamps }

    /// A session in the server role over `descriptor`, a connected socket that stays its owner's.
    @unsafe func session(_ descriptor: CInt) -> OpaquePointer? {
        guard let session = unsafe SSL_new(handle) else { return nil }
        unsafe SSL_set_accept_state(session)
        guard unsafe SSL_set_fd(session, descriptor) == 1 else {
            unsafe SSL_free(session)
            return nil
        }
        return unsafe session
    }

    @unsafe private static func load(_ files: TLSFiles, into handle: OpaquePointer) throws(TLSError) -> Int64? {
        ERR_clear_error()
        // Nobody is there to be asked for a password.
        unsafe SSL_CTX_set_default_passwd_cb(handle) { _, _, _, _ in 0 }
        guard unsafe SSL_CTX_use_certificate_chain_file(handle, files.certificateChain) == 1 else {
            throw TLSError(.badCertificate, "no certificate can be read from \(files.certificateChain)")
        }
        let mismatch = TLSError(.mismatch, "the key in \(files.privateKey) is not that of the certificate in \(files.certificateChain)")
        guard unsafe SSL_CTX_use_PrivateKey_file(handle, files.privateKey, SSL_FILETYPE_PEM) == 1 else {
            throw mg_tls_is_key_mismatch(ERR_peek_last_error()) != 0
                ? mismatch : TLSError(.badKey, "no key without a password can be read from \(files.privateKey)")
        }
        guard unsafe SSL_CTX_check_private_key(handle) == 1 else { throw mismatch }
        var calendar = unsafe tm()
        guard let certificate = unsafe SSL_CTX_get0_certificate(handle), unsafe ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &calendar) == 1
        else { return nil }
        return Int64(unsafe timegm(&calendar))
    }

    /// When each file was written, in nanoseconds, and which it is; a link's target is looked at.
    private static func stamps(_ files: TLSFiles) -> [Int64] {
        [files.certificateChain, files.privateKey].flatMap { path -> [Int64] in
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return [-1, -1] }
            return [Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec), Int64(bitPattern: UInt64(status.st_ino))]
        }
    }
}

/// Takes `http/1.1` from the client's list (RFC 7301, 3.1: names behind their lengths); a client that wants something else is told so.
private func selectProtocol(
    _ session: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ chosenLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?, _ offeredLength: CUnsignedInt, _ argument: UnsafeMutableRawPointer?
) -> CInt {
    let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredLength))
    var index = 0
    while index < list.count {
        let length = unsafe Int(list[index])
        let name = unsafe list[(index + 1)...].prefix(length)
        if unsafe name.elementsEqual("http/1.1".utf8) {
            unsafe chosen?.pointee = offered! + index + 1
            unsafe chosenLength?.pointee = UInt8(length)
            return SSL_TLSEXT_ERR_OK
        }
        index += 1 + length
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
