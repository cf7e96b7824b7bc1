#!/usr/bin/env bash
# setup-cuda.sh FOLDER: puts CUDA's libraries where the TensorFlow in FOLDER/lib looks for them, from the wheels that cuda-libraries.txt
# names (2.3 GB to fetch, 3.3 GB unpacked). The driver, libcuda and libnvidia-ml, is the machine's own. setup-tensorflow.sh calls it.
set -euo pipefail

folder=$1
wheels=$(dirname "${BASH_SOURCE[0]}")/cuda-libraries.txt
# By name, when there is a GPU: if one of them is not found, TensorFlow says so in its log and goes on without the GPU.
opened='libcudart.so.12 libcublas.so.12 libcublasLt.so.12 libcudnn.so.9 libcufft.so.11 libcusolver.so.11 libcusparse.so.12'

work=$(mktemp -d -p "$folder")
trap 'rm -rf "$work"' EXIT
platforms=()
for tag in manylinux_2_27 manylinux_2_17 manylinux2014 manylinux_2_12 manylinux2010; do platforms+=(--platform "${tag}_x86_64"); done
python3 -m pip download --quiet --no-deps --no-cache-dir --only-binary=:all: --require-hashes "${platforms[@]}" --dest "$work" \
  --requirement "$wheels"
# The libraries, the assembler and the device functions that some kernels are made with when they are first used, and the licences; not
# what nothing opens: headers, archives, and the libraries for several GPUs, for programs that call BLAS or FFTW, and for debugging.
python3 - "$folder" "$work" <<'PY'
import glob, os, re, shutil, sys, zipfile

folder, work = sys.argv[1:]
wanted = re.compile(r'nvidia/\w+/lib/lib(?!nvblas|cufftw|cusolverMg|cudadevrt)[^/]*\.so[^/]*'
                    r'|nvidia/cuda_nvcc/(bin/ptxas|nvvm/libdevice/.*\.bc)')
for path in glob.glob(work + '/*.whl'):
    archive = zipfile.ZipFile(path)
    for name in archive.namelist():
        if '.dist-info/' in name and 'license' in name.lower() and not name.endswith('/'):
            target = os.path.join(folder, 'LICENSE.' + name.split('-')[0])
        elif wanted.fullmatch(name) and '.alt.' not in name:
            target = os.path.join(folder, name)
        else:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(name) as source, open(target, 'wb') as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
        os.chmod(target, 0o755 if name.endswith('ptxas') else 0o644)
    os.remove(path)
PY

# The folders that the loader searches when libtensorflow_framework opens a library: its RUNPATH, which the wheels' layout fits.
searched=$(readelf -d "$folder/lib/libtensorflow_framework.so.2" | grep -oE '[$]ORIGIN/[.][.]/nvidia/[a-z_]+/lib' | sed 's|^[$]ORIGIN/[.][.]/||' | sort -u)
reached() { for place in $searched; do [ ! -e "$folder/$place/$1" ] || return 0; done; return 1; }

# The RUNPATH of 2.21 leaves cuSOLVER's folder out. All folders lie equally deep, so that a library finds its own parts through a link too.
for library in "$folder"/nvidia/*/lib/*; do
  name=$(basename "$library")
  if ! reached "$name"; then ln -s "../../${library#"$folder/nvidia/"}" "$folder/nvidia/cublas/lib/$name"; fi
done
for name in $opened; do
  if ! reached "$name"; then
    echo "TensorFlow set-up: $name is in none of the folders that TensorFlow searches: does cuda-libraries.txt fit its version?" >&2
    exit 1
  fi
done
