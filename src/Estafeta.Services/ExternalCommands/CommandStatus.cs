using System.Globalization;
using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;

namespace Estafeta.Services.ExternalCommands;

/// <summary>
/// What the end of a command means for the mail: sysexits.h, or an enhanced status code at the start of what a failing command said.
/// A command that was killed or could not be run leaves the mail for later.
/// </summary>
public static class CommandStatus
{
    private const int SuccessTextLength = 100;

    private static readonly Dictionary<int, (string Code, string Text)> SystemExits = new()
    {
        [64] = ("5.3.0", "command line usage error"),
        [65] = ("5.6.0", "data format error"),
        [66] = ("5.3.0", "cannot open input"),
        [67] = ("5.1.1", "user unknown"),
        [68] = ("5.1.2", "host name unknown"),
        [69] = ("5.3.0", "service unavailable"),
        [70] = ("5.3.0", "internal software error"),
        [71] = ("4.3.0", "system resource problem"),
        [72] = ("5.3.0", "critical OS file missing"),
        [73] = ("5.2.0", "can't create user output file"),
        [74] = ("5.3.0", "input/output error"),
        [75] = ("4.3.0", "temporary failure"),
        [76] = ("5.5.0", "remote error in protocol"),
        [77] = ("5.7.0", "permission denied"),
        [78] = ("5.3.5", "local configuration error"),
    };

    /// <param name="command">As the reason names it: the program for pipe(8), the whole command for local(8).</param>
    /// <param name="program">The agent, as its child would sign its last words.</param>
    /// <returns>Null when the command succeeded.</returns>
    public static DeliveryStatus? OfFailure(CommandEnd end, string command, string program, IMailLog log)
    {
        var output = Printable(end.Output);
        if (end.IdentityProblem != null)
        {
            log.Write(LogSeverity.Fatal, end.IdentityProblem);
            return Make("4.3.0", "temporary failure", "", "temporary failure");
        }

        if (end.ExecutionProblem != null)
        {
            log.Write(LogSeverity.Fatal, end.ExecutionProblem);
            return Make("4.3.0", "temporary failure", $"{program}: fatal: {end.ExecutionProblem} ", "temporary failure");
        }

        if (end.IsTimedOut)
        {
            log.Warning("pipe_command_read: read time limit exceeded");
            return Make("5.3.0", $"Command time limit exceeded: \"{command}\"", output, "internal software error");
        }

        if (end.Status.Signal != 0)
        {
            return Make("4.3.0", Text($"Command died with signal {end.Status.Signal}: \"{command}\""), output, "internal software error");
        }

        return end.Status.Code == 0 ? null : OfExit(end.Status.Code, output, command);
    }

    /// <summary>What a successful command said, for the log line; empty when it said nothing.</summary>
    public static string SuccessText(CommandEnd end)
    {
        var text = Printable(end.Output).TrimEnd();
        return text.Length > SuccessTextLength ? text[..SuccessTextLength] : text;
    }

    private static DeliveryStatus OfExit(int code, string output, string command)
    {
        if (EnhancedStatus.TryParse(output, out var status, out var length) && !status.IsSuccess)
        {
            return new DeliveryStatus(
                status.IsPermanent ? DeliveryAction.Bounced : DeliveryAction.Deferred, status, output[length..].TrimStart())
            {
                DiagnosticType = "x-unix",
            };
        }

        return SystemExits.TryGetValue(code, out var exit)
            ? Make(exit.Code, exit.Text, output, exit.Text)
            : Make("5.3.0", Text($"Command died with status {code}: \"{command}\""), output, Text($"unknown mail system error {code}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // What the command said is its diagnostic, as in Postfix; when it said nothing there are words for how it ended.
    private static DeliveryStatus Make(string code, string reason, string output, string diagnostic)
    {
        var text = output.Length > 0 ? $"{reason}. Command output: {output}" : reason;
        return (code[0] == '4' ? DeliveryStatus.Deferred(code, text) : DeliveryStatus.Bounced(code, text)) with
        {
            DiagnosticType = "x-unix",
            Diagnostic = output.Length > 0 ? output.TrimEnd() : diagnostic,
        };
    }

    private static string Printable(string output)
    {
        var text = new StringBuilder(output.Length);
        foreach (var c in output)
        {
            text.Append(c is '\n' or '\t' ? ' ' : char.IsControl(c) ? '?' : c);
        }

        return text.ToString();
    }
}
