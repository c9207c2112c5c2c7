/* CBLAS comes with Debian's OpenBLAS; LAPACKE does not, so the few LAPACK routines used are declared
   here by their Fortran interface (column-major, everything by reference). */
#ifndef RISKKIT_OPENBLAS_SHIM_H
#define RISKKIT_OPENBLAS_SHIM_H
#include <cblas.h>

/* Cholesky factorisation of a symmetric positive definite matrix; info > 0: the leading minor of
   that order is not positive definite. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
/* Solves A X = B with the factor that dpotrf_ left in a. */
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda,
             double *b, const int *ldb, int *info);
/* Inverse from the factor that dpotrf_ left in a. */
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);
/* Reciprocal condition number in the one-norm, from the factor; anorm is the norm of A itself. */
void dpocon_(const char *uplo, const int *n, const double *a, const int *lda, const double *anorm,
             double *rcond, double *work, int *iwork, int *info);
/* Cholesky factorisation with complete pivoting of a semidefinite matrix: the leading `rank` columns,
   in the order of piv (from 1), are independent; stops at pivots of at most tol. */
void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *piv, int *rank,
             const double *tol, double *work, int *info);
/* Eigenvalues of a symmetric matrix, in increasing order, with jobz "N"; a is overwritten. */
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
            double *work, const int *lwork, int *info);
#endif
