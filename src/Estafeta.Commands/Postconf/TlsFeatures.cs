using System.Runtime.InteropServices;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf.Show;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postconf;

/// <summary><c>postconf -T</c>: the OpenSSL version and the kinds of keys. There is no other version at compile time: the library is bound at run time.</summary>
internal static partial class TlsFeatures
{
    private static readonly string[] KeyKinds = ["dsa", "ecdsa", "rsa"];

    public static int Show(string topic, ConfigurationWriter output, CommandLog log)
    {
        switch (topic)
        {
            case "compile-version" or "run-version":
                return output.Lines([Version()]);
            case "public-key-algorithms":
                return output.Lines(KeyKinds);
            default:
                log.Warning($"unknown 'postconf -T' mode: {topic}");
                return 1;
        }
    }

    private static string Version()
    {
        try
        {
            return Marshal.PtrToStringUTF8(VersionText(0)) ?? "";
        }
        catch (DllNotFoundException e)
        {
            throw new CommandException(e.Message);
        }
    }

    [LibraryImport("libcrypto.so.3", EntryPoint = "OpenSSL_version")]
    private static partial nint VersionText(int kind);
}
