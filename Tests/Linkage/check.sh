#!/bin/sh
# Builds a program that embeds RiskScoring alone and refuses it if more came along than the light
# layers: another module compiled in, or a shared library beyond libc, libm and the Swift runtime.
#   Tests/Linkage/check.sh
set -eu
cd "$(dirname "$0")"
swift build --product Embed >&2
folder=$(swift build --show-bin-path)
program=$folder/Embed
status=0

allowed_modules="CRiskKernels RiskColumns RiskJSON RiskModel RiskScoring Embed"
for module in "$folder"/*.build; do
    # SwiftPM makes a folder for every target it plans; objects are in those that it compiled.
    [ -n "$(find "$module" -name '*.o')" ] || continue
    name=$(basename "$module" .build)
    case " $allowed_modules " in
    *" $name "*) ;;
    *)
        echo "linkage: module $name was compiled for an embedder of RiskScoring" >&2
        status=1
        ;;
    esac
done

allowed_libraries='^(linux-vdso|ld-linux.*|libc|libm|libgcc_s|libstdc\+\+|libpthread|libdl|libswiftCore|libswift_Concurrency|libswift_StringProcessing|libswift_RegexParser|libswiftSwiftOnoneSupport|libswiftSynchronization|libswiftGlibc|libswift_Builtin_float|libswiftDispatch|libdispatch|libBlocksRuntime)\.so'
libraries=$(ldd "$program" | awk '{ print $1 }' | xargs -n 1 basename)
for library in $libraries; do
    if ! printf '%s\n' "$library" | grep -qE "$allowed_libraries"; then
        echo "linkage: the embedder is linked with $library" >&2
        status=1
    fi
done

expected='1.0 0.7310585786300049 823
spend_7d is 1250 (raises the log-odds by 1)'
if [ "$("$program")" != "$expected" ]; then
    echo "linkage: the embedder printed:" >&2
    "$program" >&2
    status=1
fi
[ $status -eq 0 ] && echo "linkage: RiskScoring embeds with: $(echo $libraries)"
exit $status
