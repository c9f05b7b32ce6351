using System.Runtime.InteropServices;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix;
using Estafeta.Unix.Polling;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Services.Logging;

/// <summary>
/// maillog_file, opened for appending: lines are gathered and written with one write(2), so that several writers never mix
/// within a line. <c>/dev/stdout</c> is our own standard output, which a changed user may not open by name.
/// </summary>
public sealed partial class LogFile : IDisposable
{
    /// <summary>Parameter maillog_file_permissions: 0600.</summary>
    public const uint DefaultMode = 0x180;

    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int AppendFlag = 0x400;
    private const int CloseOnExec = 0x80000;
    private const int NoControllingTerminal = 0x100;
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private byte[] _pending = new byte[16 * 1024];
    private int _length;

    private LogFile(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>Parameter maillog_file_permissions: octal; 0600, 0640 and 0644 are allowed.</summary>
    public static uint Mode(ParameterSet parameters)
    {
        var text = parameters.Get(Parameters.MaillogFilePermissions);
        return text.TrimStart('0') switch
        {
            "600" => 0x180,
            "640" => 0x1A0,
            "644" => 0x1A4,
            _ => throw new ConfigurationException($"bad {Parameters.MaillogFilePermissions.Name} parameter value: \"{text}\""),
        };
    }

    public static LogFile Open(string path, uint mode)
    {
        if (path == "/dev/stdout")
        {
            return new LogFile(new SafeFileHandle(1, ownsHandle: false), path);
        }

        var descriptor = OpenFile(path, WriteOnly | Create | AppendFlag | CloseOnExec | NoControllingTerminal, mode);
        return descriptor >= 0
            ? new LogFile(new SafeFileHandle(descriptor, ownsHandle: true), path)
            : throw UnixException.Last($"open logfile '{path}'");
    }

    /// <summary>Adds a line, without its end, to what the next <see cref="Flush"/> writes.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (_pending.Length - _length < line.Length + 1)
        {
            Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _length + line.Length + 1));
        }

        line.CopyTo(_pending.AsSpan(_length));
        _length += line.Length;
        _pending[_length++] = (byte)'\n';
    }

    /// <summary>Writes what was appended, and forgets it either way. Throws <see cref="UnixException"/>: full disk.</summary>
    public void Flush()
    {
        ReadOnlySpan<byte> rest = _pending.AsSpan(0, _length);
        _length = 0;
        while (rest.Length > 0)
        {
            var written = Write(_handle, rest, rest.Length);
            if (written >= 0)
            {
                rest = rest[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Errno.EINTR:
                    break;
                case Errno.EAGAIN:
                    // Standard output may be a pipe that somebody made non-blocking.
                    Poller.Wait([PollEntry.Writable((int)_handle.DangerousGetHandle())], null);
                    break;
                default:
                    throw UnixException.Last($"write logfile '{_path}'");
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, ReadOnlySpan<byte> octets, nint count);
}
