namespace Estafeta.Configuration.Domains;

/// <summary>The part of ICU that knows international domain names (UTS 46).</summary>
internal sealed unsafe class IcuDomainRules
{
    private const uint NonTransitionalToAscii = 0x10;
    private const uint NonTransitionalToUnicode = 0x20;
    private const int InfoSize = 16;
    private const int ErrorsOffset = 4;

    // Longer than any domain name may be, in any form.
    private const int Capacity = 1024;

    private readonly nint _rules;
    private readonly delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int> _toAscii;
    private readonly delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int> _toUnicode;

    private IcuDomainRules(uint options)
    {
        var open = (delegate* unmanaged<uint, int*, nint>)IcuLibrary.Function("uidna_openUTS46");
        _toAscii = (delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int>)IcuLibrary.Function("uidna_nameToASCII");
        _toUnicode = (delegate* unmanaged<nint, char*, int, char*, int, byte*, int*, int>)IcuLibrary.Function("uidna_nameToUnicode");
        var error = 0;
        _rules = open(options, &error);
        if (error > 0)
        {
            throw new InvalidOperationException($"uidna_openUTS46: error {error}");
        }
    }

    /// <summary>Null where the library is not installed.</summary>
    /// <param name="isTransitional">As IDNA 2003 had it: ß becomes ss.</param>
    public static IcuDomainRules? TryLoad(bool isTransitional) =>
        IcuLibrary.IsInstalled ? new IcuDomainRules(isTransitional ? 0 : NonTransitionalToAscii | NonTransitionalToUnicode) : null;

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
