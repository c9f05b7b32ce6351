using System.Collections.Concurrent;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>
/// tls_eecdh_auto_curves and tls_ffdhe_auto_groups as one OpenSSL groups list: finite-field groups exist for TLS 1.3 only and come last.
/// Names this library does not know are left out, so that a list for a newer OpenSSL works with an older one. Where nothing is configured and
/// OpenSSL is 3.5 or newer, its own list stands, which begins with X25519MLKEM768.
/// </summary>
public static class TlsGroups
{
    private const ulong ModernVersion = 0x30500000;

    private static readonly ConcurrentDictionary<string, bool> Known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Empty for the library's own.</summary>
    public static string Read(ParameterSet parameters) =>
        !parameters.IsSet(Parameters.TlsEecdhAutoCurves) && !parameters.IsSet(Parameters.TlsFfdheAutoGroups) && LibCrypto.VersionNumber() >= ModernVersion
            ? ""
            : Usable(Words(parameters.Get(Parameters.TlsEecdhAutoCurves)), Words(parameters.Get(Parameters.TlsFfdheAutoGroups)));

    public static string Usable(IEnumerable<string> curves, IEnumerable<string> groups) =>
        string.Join(':', curves.Concat(groups).Where(name => Known.GetOrAdd(name, IsKnown)));

    private static string[] Words(string list) => list.Split((char[])[' ', ',', ':', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static bool IsKnown(string name)
    {
        using var context = LibSsl.NewContext(LibSsl.ServerMethod());
        var isKnown = LibSsl.Control(context, LibSsl.CtrlSetGroupsList, 0, name) == 1;
        LibCrypto.ClearErrors();
        return isKnown;
    }
}
