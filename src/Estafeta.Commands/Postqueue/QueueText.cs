using System.Globalization;
using System.Text;
using Estafeta.Queue.Administration;

namespace Estafeta.Commands.Postqueue;

/// <summary>The sendmail-style listing of <c>mailq</c> and <c>postqueue -p</c>, as Postfix prints it.</summary>
internal sealed class QueueText(TextWriter output, bool hasLongIds)
{
    private const int ReasonWidth = 76;
    private long _octets;
    private int _messages;

    public void Write(ListedMessage message)
    {
        if (_messages == 0)
        {
            output.WriteLine(hasLongIds
                ? "----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------"
                : "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------");
        }

        var status = message.Queue switch
        {
            "active" => "*",
            "hold" => "!",
            _ => message.IsForceExpired ? "#" : "",
        };
        var time = Time(message.ArrivalTime);
        var sender = Printable(message.Sender.Length > 0 ? message.Sender : "MAILER-DAEMON");
        output.WriteLine(hasLongIds
            ? string.Create(CultureInfo.InvariantCulture, $"{message.Id + status,-17} {message.Octets,8} {time,19} {sender}")
            : string.Create(CultureInfo.InvariantCulture, $"{message.Id + status,-11} {message.Octets,7} {time + " ",20} {sender}"));
        string? shown = null;
        foreach (var recipient in message.Recipients)
        {
            if (recipient.Reason is { } reason && reason != shown)
            {
                shown = reason;
                output.WriteLine($"{new string(' ', Math.Max(0, ReasonWidth - reason.Length))}({Printable(reason)})");
            }

            output.WriteLine((hasLongIds ? new string(' ', 47) : new string(' ', 41)) + Printable(recipient.Address));
        }

        output.WriteLine();
        _messages++;
        _octets += message.Octets;
    }

    public void End() => output.WriteLine(_messages == 0
        ? "Mail queue is empty"
        : string.Create(CultureInfo.InvariantCulture, $"-- {_octets / 1024} Kbytes in {_messages} Request{(_messages == 1 ? "" : "s")}."));

    // ctime(3) without the year.
    private static string Time(DateTimeOffset time)
    {
        var local = time.ToLocalTime();
        return string.Create(CultureInfo.InvariantCulture, $"{local:ddd MMM} {local.Day,2} {local:HH:mm:ss}");
    }

    private static string Printable(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar ? "?" : rune.ToString());
        }

        return result.ToString();
    }
}
