using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>
/// tls_config_file and tls_config_name: which OpenSSL configuration this process obeys. It is read once in a process, before the first use: who
/// comes first decides.
/// </summary>
public static class TlsLibrary
{
    private const ulong LoadConfig = 0x40;
    private const ulong NoLoadConfig = 0x80;

    private static readonly Lock Gate = new();
    private static bool _isDone;

    /// <summary>Raw public keys (RFC 7250) are there, since OpenSSL 3.2.</summary>
    public static bool HasRawKeys => RawKeys.IsSupported;

    /// <summary>What to say when a parameter asks for what this OpenSSL has not; null when it has.</summary>
    public static string? RawKeyComplaint(string parameter) => HasRawKeys
        ? null
        : $"{parameter} = yes: ignored, {TlsContext.Text(LibCrypto.Version(0))} has no raw public keys; they need OpenSSL 3.2";

    /// <summary>Throws <see cref="TlsException"/> for a file that cannot be used.</summary>
    public static void Configure(ParameterSet parameters)
    {
        lock (Gate)
        {
            if (!_isDone)
            {
                Apply(parameters.Get(Parameters.TlsConfigFile), parameters.Get(Parameters.TlsConfigName));
                _isDone = true;
            }
        }
    }

    private static void Apply(string file, string name)
    {
        if (file == "none")
        {
            _ = LibCrypto.Initialise(NoLoadConfig, 0);
            return;
        }

        if (file is "default" or "" && name.Length == 0)
        {
            return; // what OpenSSL does by itself
        }

        if (file.Length > 0 && file != "default" && !file.StartsWith('/'))
        {
            throw new TlsException($"non-default {Parameters.TlsConfigFile.Name} = {file} is not an absolute pathname, disabling TLS support", []);
        }

        var settings = LibCrypto.NewSettings();
        if (file is not ("default" or ""))
        {
            _ = LibCrypto.SetConfigFile(settings, file);
            _ = LibCrypto.SetConfigFlags(settings, 0); // a missing file is an error
        }

        if (name.Length > 0)
        {
            _ = LibCrypto.SetConfigName(settings, name);
        }

        var isDone = LibCrypto.Initialise(LoadConfig, settings) == 1;
        LibCrypto.FreeSettings(settings);
        if (!isDone)
        {
            throw TlsContext.Failure($"error loading the OpenSSL configuration {file}, disabling TLS support");
        }
    }
}
