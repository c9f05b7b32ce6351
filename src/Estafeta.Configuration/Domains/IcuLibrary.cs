using System.Globalization;
using System.Runtime.InteropServices;

namespace Estafeta.Configuration.Domains;

/// <summary>ICU's common library (libicuuc), as installed: its functions carry the library's version in their names.</summary>
public static class IcuLibrary
{
    private const int NewestVersion = 90;
    private const int OldestVersion = 50;

    private static readonly Lazy<(nint Handle, string Suffix)> Installed = new(Find);

    public static bool IsInstalled => Installed.Value.Handle != 0;

    /// <summary>The address of a function, named without the version; the library has to be there.</summary>
    public static nint Function(string name) => NativeLibrary.GetExport(Installed.Value.Handle, name + Installed.Value.Suffix);

    private static (nint Handle, string Suffix) Find()
    {
        for (var version = NewestVersion; version >= OldestVersion; version--)
        {
            if (NativeLibrary.TryLoad(string.Create(CultureInfo.InvariantCulture, $"libicuuc.so.{version}"), out var library))
            {
                return (library, string.Create(CultureInfo.InvariantCulture, $"_{version}"));
            }
        }

        return default;
    }
}
