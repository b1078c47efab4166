# Sourced by the other scripts: which Debian packages are needed, and how the missing ones are installed (as root, or
# with sudo). Nothing is done when everything is there.

build_packages=(
  build-essential cmake ninja-build ccache pkg-config git
  libfmt-dev nlohmann-json3-dev libcli11-dev libyaml-cpp-dev libpcre2-dev libutf8proc-dev
  libsqlite3-dev libzstd-dev zlib1g-dev nettle-dev libeigen3-dev libboost-dev libboost-math-dev
  libtesseract-dev libleptonica-dev libcurl4-openssl-dev libevent-dev libbenchmark-dev
)
run_packages=(tesseract-ocr-eng tesseract-ocr-kor libbenchmark1debian)
test_packages=(
  libgtest-dev libgmock-dev python3 sqlite3 nginx-light openssl curl
  libpango1.0-dev libcairo2-dev fonts-noto-cjk fonts-nanum fonts-dejavu-core
)
check_packages=(clang-format clang-tidy)

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    echo "this step needs root or sudo: $*" >&2
    return 1
  fi
}

install_missing() {
  local missing=()
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "==> installing ${#missing[@]} Debian packages: ${missing[*]}"
  if ! apt-cache show "${missing[0]}" > /dev/null 2>&1; then
    as_root apt-get update -q
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
    { as_root apt-get update -q &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; }
}

step() { echo "==> $*"; }
