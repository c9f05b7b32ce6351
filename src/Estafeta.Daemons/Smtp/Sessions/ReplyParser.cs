using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// Puts the lines of a reply together (RFC 5321 §4.2). Keeps at most line_length_limit octets of text whatever the server sends, takes
/// the code of the last line; a line without code counts as text of the reply, with a warning. The text given must be printable already.
/// </summary>
internal sealed class ReplyParser(string peer, string protocolName, int lengthLimit, IMailLog log)
{
    private readonly StringBuilder _text = new();
    private readonly List<string> _lines = [];
    private bool _sawNonsense;
    private bool _isFull;

    /// <summary>Queue id for warnings.</summary>
    public string QueueId { get; set; } = "";

    /// <summary>Keep the lines too: EHLO.</summary>
    public bool KeepsLines { get; set; }

    /// <param name="line">Without its line end.</param>
    /// <returns>True when it was the last line of a reply.</returns>
    public bool TryAdd(string line, out SmtpReply reply)
    {
        Append(line);
        reply = default;
        if (line.Length < 3 || !char.IsAsciiDigit(line[0]) || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2])
            || (line.Length > 3 && line[3] is not (' ' or '-')))
        {
            log.Warning($"{(QueueId.Length > 0 ? QueueId + ": " : "")}non-{protocolName} response from {peer}: {line}");
            _sawNonsense = true;
            return false;
        }

        if (KeepsLines && _lines.Count < 100)
        {
            _lines.Add(line.Length > 4 ? line[4..] : "");
        }

        if (line.Length > 3 && line[3] == '-')
        {
            return false;
        }

        reply = Finish(line);
        return true;
    }

    private SmtpReply Finish(string last)
    {
        var code = (last[0] - '0') * 100 + (last[1] - '0') * 10 + last[2] - '0';
        var reply = new SmtpReply(code, StatusOf(last), _text.ToString())
        {
            Lines = KeepsLines ? [.. _lines] : null,
            HasNonsense = _sawNonsense,
        };
        _text.Clear();
        _lines.Clear();
        _sawNonsense = _isFull = false;
        return reply;
    }

    /// <summary>The enhanced status when there is one and its class agrees with the code, else class.0.0.</summary>
    private static EnhancedStatus StatusOf(string line)
    {
        var replyClass = line[0] is '2' or '4' or '5' ? line[0] - '0' : 5;
        return line.Length > 4 && EnhancedStatus.TryParse(line.AsSpan(4), out var status, out _) && status.Class == line[0] - '0'
            ? status
            : new EnhancedStatus((byte)replyClass, line[0] is '2' or '4' or '5' ? (ushort)0 : (ushort)5, 0);
    }

    private void Append(string line)
    {
        if (_isFull)
        {
            return;
        }

        if (_text.Length + line.Length > lengthLimit && _text.Length > 0)
        {
            _isFull = true;
            log.Warning($"{peer}: multi-line response longer than {lengthLimit} {_text.ToString(0, Math.Min(30, _text.Length))}...");
            return;
        }

        _ = _text.Length > 0 ? _text.Append(' ') : _text;
        _text.Append(line);
    }
}
