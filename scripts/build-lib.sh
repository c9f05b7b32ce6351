# For ./run and ./install: building the executables and making the links. Sourced with the checkout as working directory.

# Sets $executable. With --jit, or without a C linker, the JIT build; ESTAFETA_EXECUTABLE is one that is built already,
# ESTAFETA_QUICK_EXECUTABLE and ESTAFETA_SETGID_EXECUTABLE those of the quick and of the set-gid commands (./install).
build() {
    if [ -n "${ESTAFETA_EXECUTABLE:-}" ]; then
        executable=$ESTAFETA_EXECUTABLE
        return
    fi

    if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
        echo "The .NET 10 SDK is needed to build: install the package dotnet-sdk-10.0, see https://learn.microsoft.com/dotnet/core/install/linux" >&2
        exit 1
    fi

    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1
    if [ "$1" != --jit ] && can_link; then
        echo "Building the native executable (a minute or two the first time)…"
        publish src/Estafeta artifacts/native
        executable=$PWD/artifacts/native/estafeta
        return
    fi

    [ "$1" = --jit ] || echo "There is no C linker with zlib here (apt-get install gcc zlib1g-dev), so this is the slower JIT build."
    dotnet build src/Estafeta -c Release -v quiet -clp:NoSummary -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false --disable-build-servers >&2
    executable=$PWD/src/Estafeta/bin/Release/net10.0/estafeta
}

publish() {
    # No servers of the compiler that stay when it is done.
    dotnet publish "$1" -c Release -r "linux-$(machine)" -o "$2" -v quiet -clp:NoSummary -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false --disable-build-servers >&2
}

machine() {
    case $(uname -m) in
        aarch64) echo arm64 ;;
        *) echo x64 ;;
    esac
}

can_link() {
    local compiler
    compiler=$(command -v clang || command -v gcc) || return 1
    echo 'int main(void) { return 0; }' | "$compiler" -x c - -o /dev/null -lz 2>/dev/null
}

# link_names EXECUTABLE COMMAND_DIRECTORY DAEMON_DIRECTORY
link_names() {
    local directory name
    while read -r directory name; do
        case $directory in
            command_directory | quick | setgid) ln -sfn "$1" "$2/$name" ;;
            daemon_directory) ln -sfn "$1" "$3/$name" ;;
        esac
    done < <(grep -v '^#' conf/links)
}
