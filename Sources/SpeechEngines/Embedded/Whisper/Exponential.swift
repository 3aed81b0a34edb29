import Glibc

extension Double {
    /// e to the power of this.
    var exponential: Double { exp(self) }
}
