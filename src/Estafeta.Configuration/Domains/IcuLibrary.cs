using System.Globalization;
using System.Runtime.InteropServices;

namespace Estafeta.Configuration.Domains;

/// <summary>The part of ICU that knows international domain names (UTS 46). Its functions carry the library's version in their names.</summary>
internal sealed unsafe class IcuLibrary
{
    private const uint NonTransitionalToAscii = 0x10;
    private const uint NonTransitionalToUnicode = 0x20;
    private const int NewestVersion = 90;
    private const int OldestVersion = 50;
    private const int InfoSize = 16;
    private const int ErrorsOffset = 4;

    // Longer than any domain name may be, in any form.
    private const int Capacity = 1024;

    private readonly nint _rules;
    private readonly delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int> _toAscii;
    private readonly delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int> _toUnicode;

    private IcuLibrary(nint library, string suffix, uint options)
    {
        var open = (delegate* unmanaged<uint, int*, nint>)NativeLibrary.GetExport(library, "uidna_openUTS46" + suffix);
        _toAscii = (delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int>)NativeLibrary.GetExport(library, "uidna_nameToASCII" + suffix);
        _toUnicode = (delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int>)NativeLibrary.GetExport(library, "uidna_nameToUnicode" + suffix);
        var error = 0;
        _rules = open(options, &error);
        if (error > 0)
        {
            throw new InvalidOperationException($"uidna_openUTS46: error {error}");
        }
    }

    /// <summary>Null where the library is not installed.</summary>
    /// <param name="isTransitional">As IDNA 2003 had it: ß becomes ss.</param>
    public static IcuLibrary? TryLoad(bool isTransitional)
    {
        var options = isTransitional ? 0 : NonTransitionalToAscii | NonTransitionalToUnicode;
        for (var version = NewestVersion; version >= OldestVersion; version--)
        {
            if (NativeLibrary.TryLoad(string.Create(CultureInfo.InvariantCulture, $"libicuuc.so.{version}"), out var library))
            {
                return new IcuLibrary(library, string.Create(CultureInfo.InvariantCulture, $"_{version}"), options);
            }
        }

        return null;
    }

    /// <summary>Null for what is no domain name.</summary>
    public string? ToAscii(string name) => Convert(_toAscii, name);

    public string? ToUnicode(string name) => Convert(_toUnicode, name);

    private string? Convert(delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int> function, string name)
    {
        var output = stackalloc char[Capacity];
        var info = stackalloc byte[InfoSize];
        new Span<byte>(info, InfoSize).Clear();
        *(short*)info = InfoSize;
        var error = 0;
        int length;
        fixed (char* input = name)
        {
            length = function(_rules, input, name.Length, output, Capacity, info, &error);
        }

        // Warnings are below zero.
        return error > 0 || *(uint*)(info + ErrorsOffset) != 0 || length > Capacity ? null : new string(output, 0, length);
    }
}
