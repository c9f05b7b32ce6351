using System.Runtime.InteropServices;
using Estafeta.Tables.Patterns;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Regexp;

/// <summary>One regex_t. glibc's regexec is thread-safe.</summary>
internal sealed unsafe class PosixPattern : CompiledPattern
{
    private readonly byte* _regex;
    private readonly bool _hasGroups;

    private PosixPattern(byte* regex, bool hasGroups)
    {
        _regex = regex;
        _hasGroups = hasGroups;
        GroupCount = (int)*(nuint*)(regex + RegexpLibrary.GroupCountOffset);
    }

    ~PosixPattern()
    {
        RegexpLibrary.Free(_regex);
        NativeMemory.Free(_regex);
    }

    public override int GroupCount { get; }

    public static PosixPattern? TryCompile(byte[] pattern, uint options, bool needsGroups, int line, out string error)
    {
        var regex = (byte*)NativeMemory.AllocZeroed(RegexpLibrary.RegexSize);
        var flags = options | (needsGroups ? 0 : RegexpLibrary.NoGroups);
        var locale = RegexpLibrary.UseLocale(RegexpLibrary.PlainLocale);
        var code = RegexpLibrary.Compile(regex, [.. pattern, 0], (int)flags);
        _ = RegexpLibrary.UseLocale(locale);
        if (code == 0)
        {
            error = "";
            return new PosixPattern(regex, needsGroups)
            {
                Line = line,
                Literals = (options & RegexpLibrary.Extended) != 0
                    ? RequiredLiteral.FindAll(pattern, isPerl: false, (options & RegexpLibrary.IgnoreCase) != 0)
                    : [],
            };
        }

        var text = stackalloc byte[256];
        _ = RegexpLibrary.Error(code, regex, text, 256);
        error = RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        NativeMemory.Free(regex);
        return null;
    }

    public override bool IsMatch(byte* subject, int length, Span<GroupSpan> groups)
    {
        var count = _hasGroups ? Math.Min(GroupCount + 1, groups.Length) : 0;
        var matches = stackalloc int[Math.Max(count, 1) * 2];
        var matched = RegexpLibrary.Execute(_regex, subject, (nuint)count, matches, 0) == 0;
        for (var i = 0; matched && i < count; i++)
        {
            groups[i] = new GroupSpan(matches[2 * i], matches[(2 * i) + 1]);
        }

        GC.KeepAlive(this);
        return matched;
    }
}
