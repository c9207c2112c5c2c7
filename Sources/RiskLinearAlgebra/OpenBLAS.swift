import COpenBLAS

/// How this package uses OpenBLAS: on the caller's thread only.
///
/// The work is divided before it gets here, always in the same way, so that sums are taken in the same
/// order for any number of threads; a library that divides again by its own lights would undo that.
enum OpenBLAS {
    /// Set once for the process, before the first call.
    static let isConfined: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// Rows and columns as the Fortran interface counts them.
    static func size(_ count: Int) -> Int32 {
        precondition(isConfined && count <= Int(Int32.max))
        return Int32(count)
    }
}
