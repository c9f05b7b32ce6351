using System.Runtime.InteropServices;
using Estafeta.Tables.Patterns;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Pcre;

/// <summary>One compiled pattern. The code is shared by threads; each thread has its own room for offsets.</summary>
internal sealed unsafe class PcrePattern : CompiledPattern
{
    private readonly nint _code;
    private readonly string _where;
    private readonly TableSet _tables;

    private PcrePattern(nint code, string where, TableSet tables)
    {
        _code = code;
        _where = where;
        _tables = tables;
        _ = PcreLibrary.PatternInfo(code, PcreLibrary.InfoCaptureCount, out var groups);
        GroupCount = (int)groups;
    }

    ~PcrePattern() => PcreLibrary.FreeCode(_code);

    public override int GroupCount { get; }

    public static PcrePattern? TryCompile(byte[] pattern, uint options, int line, string where, TableSet tables, out string error)
    {
        var code = PcreLibrary.Compile(pattern, (nuint)pattern.Length, options, out var number, out var offset, 0);
        if (code == 0)
        {
            error = $"error in regex at offset {offset}: {Message(number)}";
            return null;
        }

        // Where the kernel forbids writable code pages this fails and the interpreter does the work.
        _ = PcreLibrary.JitCompile(code, PcreLibrary.JitComplete);
        error = "";
        return new PcrePattern(code, where, tables)
        {
            Line = line,
            Literals = (options & PcreLibrary.Extended) == 0
                ? RequiredLiteral.FindAll(pattern, isPerl: true, (options & PcreLibrary.Caseless) != 0)
                : [],
        };
    }

    public override bool IsMatch(byte* subject, int length, Span<GroupSpan> groups)
    {
        var room = PcreMatchRoom.ForThread(GroupCount + 1);
        var count = PcreLibrary.Match(_code, subject, (nuint)length, 0, 0, room.Data, 0);
        if (count == PcreLibrary.ErrorJitStackLimit)
        {
            count = PcreLibrary.Match(_code, subject, (nuint)length, 0, PcreLibrary.NoJit, room.Data, 0);
        }

        GC.KeepAlive(this);
        if (count > 0)
        {
            ReadGroups(room, count, groups);
            return true;
        }

        if (count != PcreLibrary.ErrorNoMatch)
        {
            _tables.Warn($"{_where}: {Message(count)}");
        }

        return false;
    }

    private void ReadGroups(PcreMatchRoom room, int count, Span<GroupSpan> groups)
    {
        var offsets = PcreLibrary.GetOffsets(room.Data);
        for (var i = 0; i <= GroupCount && i < groups.Length; i++)
        {
            groups[i] = i < count && offsets[2 * i] != nuint.MaxValue
                ? new GroupSpan((int)offsets[2 * i], (int)offsets[(2 * i) + 1])
                : new GroupSpan(-1, -1);
        }
    }

    private static string Message(int error)
    {
        var buffer = stackalloc byte[256];
        return PcreLibrary.GetErrorMessage(error, buffer, 256) >= 0
            ? RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer))
            : $"unknown error {error}";
    }
}
