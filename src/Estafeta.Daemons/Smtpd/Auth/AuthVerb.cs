using Estafeta.Mail.Smtp;
using Estafeta.Net.Sasl.Server;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>AUTH (RFC 4954): mechanism and perhaps a first response, then challenges and responses until it is decided.</summary>
internal static class AuthVerb
{
    private const int LoggedLength = 100;

    public static async ValueTask<bool> AuthAsync(SmtpdSession session, CommandLine command)
    {
        if (session.CheckAuthRate() is { } excess)
        {
            return await session.RejectAsync(excess);
        }

        if (Misuse(session, command) is { } misuse)
        {
            return await session.RefuseAsync(misuse);
        }

        var authentication = session.Service.Authentication!; // refused without
        var mechanism = command[1].Text;
        var initialResponse = command.Count == 3 ? command[2].Text : null;
        try
        {
            await using var exchange = await authentication.BeginAsync(session, mechanism);
            return exchange == null
                ? await FailAsync(session, mechanism, new SaslStep(SaslOutcome.Failed, authentication.Unknown(mechanism)))
                : await ConverseAsync(session, exchange, mechanism, initialResponse == "=" ? "" : initialResponse);
        }
        catch (IOException trouble)
        {
            session.Log.Warning(trouble.Message);
            return await FailAsync(session, mechanism, new SaslStep(SaslOutcome.TemporaryFailure, "Connection lost to authentication server"));
        }
    }

    private static string? Misuse(SmtpdSession session, CommandLine command)
    {
        if (session.HeloName == null && session.Settings.HeloRequired)
        {
            return "503 5.5.1 Error: send HELO/EHLO first";
        }

        // Postfix's answer also where TLS must come first; RFC 4954 §4 would have 538.
        if (session.Service.Authentication is not { } authentication || authentication.NeedsTls(session)
            || session.DiscardedKeywords.HasFlag(EhloKeywords.Auth))
        {
            return "503 5.5.1 Error: authentication not enabled";
        }

        if (session.Transaction != null)
        {
            return "503 5.5.1 Error: MAIL transaction in progress";
        }

        if (session.Subject.SaslUsername.Length > 0)
        {
            return "503 5.5.1 Error: already authenticated";
        }

        return command.Count is 2 or 3 ? null : "501 5.5.4 Syntax: AUTH mechanism";
    }

    private static async ValueTask<bool> ConverseAsync(SmtpdSession session, SaslExchange exchange, string mechanism, string? initialResponse)
    {
        var step = await exchange.StartAsync(initialResponse, session.CancellationToken);
        while (step.Outcome == SaslOutcome.Continue)
        {
            await session.ReplyAsync("334 " + step.Text);
            var outcome = await session.Wire.ReadLineAsync(session.Service.Authentication!.Settings.ResponseLimit);
            if (outcome == LineOutcome.None)
            {
                return false;
            }

            if (outcome == LineOutcome.TooLong)
            {
                session.LogLongLine(session.Service.Authentication!.Settings.ResponseLimit);
                await session.Wire.SkipLineAsync();
                return await session.RefuseAsync("500 5.5.6 SASL response limit exceeded");
            }

            if (session.Wire.Line.SequenceEqual("*"u8))
            {
                session.Log.Warning($"{session.Peer.NameAddress}: SASL {Limit(mechanism)} authentication aborted");
                return await session.RefuseAsync("501 5.7.0 Authentication aborted");
            }

            step = await exchange.ContinueAsync(System.Text.Encoding.Latin1.GetString(session.Wire.Line), session.CancellationToken);
        }

        if (step.Outcome != SaslOutcome.Succeeded)
        {
            return await FailAsync(session, mechanism, step);
        }

        session.LogIn(mechanism, session.Service.Authentication!.Qualify(step.Text));
        await session.ReplyAsync("235 2.7.0 Authentication successful");
        return true;
    }

    // fail2ban reads this line.
    private static async ValueTask<bool> FailAsync(SmtpdSession session, string mechanism, SaslStep step)
    {
        var reason = step.Text.Length > 0 ? step.Text : "(reason unavailable)";
        var user = string.IsNullOrEmpty(step.User) ? "(unavailable)" : Limit(Printable.Clean(step.User));
        session.Log.Warning(
            $"{session.Peer.NameAddress}: SASL {Limit(Printable.Clean(mechanism))} authentication failed: {Printable.Clean(reason)}, sasl_username={user}");
        if (step is { Outcome: SaslOutcome.Failed, User: { Length: > 0 } name })
        {
            session.Service.Authentication!.Failures.Note(name);
        }

        await session.ReplyAsync(step.Outcome == SaslOutcome.TemporaryFailure
            ? $"454 4.7.0 Temporary authentication failure: {reason}"
            : $"535 5.7.8 Error: authentication failed: {reason}");
        return false;
    }

    private static string Limit(string text) => text.Length <= LoggedLength ? text : text[..LoggedLength];
}
