using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Services.Logging;
using Estafeta.Services.Submission;
using Estafeta.Unix;

namespace Estafeta.Commands.Postdrop;

/// <summary>
/// Copies one message into a maildrop file. Malformed input, a full disk or HUP, INT, QUIT or TERM leave nothing behind.
/// </summary>
internal sealed class MessageDrop : IDisposable
{
    /// <summary>The refusal of input that ends between records: who wrote it thought better of it, and says why himself.</summary>
    public const string Cancelled = "";

    private const int BufferOctets = 64 * 1024;

    private readonly string _directory;
    private readonly long _sizeLimit;
    private readonly SubmissionPolicy _policy;
    private readonly CommandLog _log;
    private readonly TimeProvider _time;
    private readonly List<PosixSignalRegistration> _signals = [];
    private MaildropFile? _file;

    public MessageDrop(string directory, long sizeLimit, SubmissionPolicy policy, CommandLog log, TimeProvider time)
    {
        _directory = directory;
        _sizeLimit = sizeLimit;
        _policy = policy;
        _log = log;
        _time = time;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM])
        {
            // Not cancelled: the process ends as the signal wants, after the file is gone.
            _signals.Add(PosixSignalRegistration.Create(signal, _ => _file?.Remove()));
        }
    }

    /// <returns>The name of the file, or why the message is not taken.</returns>
    public async Task<(string Name, string? Refusal)> CopyAsync(Stream input)
    {
        try
        {
            _file = MaildropFile.Create(_directory, _time);
            var refusal = await CopyRecordsAsync(new SubmissionReader(input), _file);
            if (refusal == null)
            {
                _file.Complete();
            }

            return (_file.Name, refusal);
        }
        catch (InvalidDataException e)
        {
            _log.Warning($"stdin: {e.Message}");
            throw new CommandException($"uid={_policy.Uid.ToString(CultureInfo.InvariantCulture)}: malformed input");
        }
        catch (UnixException e)
        {
            _log.Warning($"uid={_policy.Uid.ToString(CultureInfo.InvariantCulture)}: {e.Message}");
            return ("", "queue file write error");
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _signals.ForEach(s => s.Dispose());
    }

    private async Task<string?> CopyRecordsAsync(SubmissionReader reader, MaildropFile file)
    {
        var grammar = new SubmissionGrammar();
        var writer = new SubmissionWriter();
        writer.Write(SubmissionRecord.Time, (_time.GetUtcNow().Ticks / 10 - DateTime.UnixEpoch.Ticks / 10).ToString(CultureInfo.InvariantCulture));
        while (!grammar.IsComplete)
        {
            var (type, octets) = await reader.ReadAsync(CancellationToken.None);
            if (type == 0)
            {
                return Cancelled;
            }

            if (!grammar.Accept(type, octets.Span))
            {
                throw new InvalidDataException($"unexpected record type {type.ToString(CultureInfo.InvariantCulture)} length {octets.Length.ToString(CultureInfo.InvariantCulture)}");
            }

            if (type == SubmissionRecord.Sender && await _policy.CheckSenderAsync(Encoding.UTF8.GetString(octets.Span)) is { } refusal)
            {
                return refusal;
            }

            writer.Write(type, octets.Span);
            if (writer.Written.Length >= BufferOctets || grammar.IsComplete)
            {
                file.Write(writer.Written.Span);
                writer.Clear();
                if (_sizeLimit > 0 && file.Length > _sizeLimit)
                {
                    _log.Warning($"uid={_policy.Uid.ToString(CultureInfo.InvariantCulture)}: File too large");
                    return "message file too big";
                }
            }
        }

        return null;
    }
}
