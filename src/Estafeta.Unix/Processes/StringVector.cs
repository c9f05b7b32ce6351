using System.Runtime.InteropServices;

namespace Estafeta.Unix.Processes;

/// <summary>A <c>char *[]</c> with its final null, as exec(2) takes them; freed on dispose.</summary>
internal sealed class StringVector : IDisposable
{
    private readonly nint[] _strings;
    private GCHandle _pin;

    public StringVector(IReadOnlyList<string> values)
    {
        _strings = new nint[values.Count + 1];
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Contains('\0'))
            {
                throw new ArgumentException("a NUL character in an argument or environment variable");
            }

            _strings[i] = Marshal.StringToCoTaskMemUTF8(values[i]);
        }

        _pin = GCHandle.Alloc(_strings, GCHandleType.Pinned);
    }

    public nint Pointer => _pin.AddrOfPinnedObject();

    public void Dispose()
    {
        foreach (var text in _strings)
        {
            Marshal.FreeCoTaskMem(text);
        }

        _pin.Free();
    }
}
