using Estafeta.Mail.Dsn;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// Why a server, or one recipient at it, could not be served, in Postfix's words. Permanent and temporary follow from the status.
/// </summary>
/// <param name="Status">What is logged and reported; its action agrees with its class.</param>
/// <param name="IsDestinationWide">The server as a whole is the trouble, not this message: the queue manager slows the destination down.</param>
internal sealed record SessionFailure(DeliveryStatus Status, bool IsDestinationWide)
{
    public bool IsPermanent => Status.Action == DeliveryAction.Bounced;

    /// <summary>The connection is gone or out of step; nothing more is said over it.</summary>
    public bool IsDisconnected { get; init; }

    public static SessionFailure Local(string status, string reason, bool isDestinationWide = false) =>
        new(Make(EnhancedStatus.Parse(status), reason), isDestinationWide);

    /// <summary>The same, but never permanent: greetings with smtp_skip_5xx_greeting, failures with an alternative in trouble.</summary>
    public SessionFailure AsTemporary() => IsPermanent
        ? this with { Status = Status with { Action = DeliveryAction.Deferred, Status = Status.Status.WithClass(4) } }
        : this;

    public static SessionFailure RefusedToTalk(ServerAddress server, in SmtpReply reply) =>
        new(FromReply(server, reply, $"host {server.NameAndAddress} refused to talk to me: {reply.Text}"), true);

    public static SessionFailure RefusedTls(ServerAddress server, in SmtpReply reply)
    {
        var failure = new SessionFailure(
            FromReply(server, reply, $"TLS is required, but host {server.NameAndAddress} refused to start TLS: {reply.Text}"), true);

        // A server may not force a bounce by saying no to encryption.
        return failure.AsTemporary();
    }

    /// <param name="how"><c>SASL</c>, or <c>SASL [CACHED]</c> when the reply is an earlier one.</param>
    public static SessionFailure RefusedLogin(ServerAddress server, in SmtpReply reply, string how) =>
        new(FromReply(server, reply, $"{how} authentication failed; server {server.NameAndAddress} said: {reply.Text}"), true);

    /// <param name="command"><c>MAIL FROM</c>, <c>end of DATA</c>…</param>
    public static SessionFailure Said(ServerAddress server, in SmtpReply reply, string command)
    {
        var protocol = reply.Class is 4 or 5 || command is "RCPT TO" or "MAIL FROM" ? "" : "Protocol error: ";
        return new(FromReply(server, reply, $"{protocol}host {server.NameAndAddress} said: {reply.Text} (in reply to {command} command)"), false);
    }

    /// <summary>Replies and commands have come apart: nobody knows what was accepted. Temporary, and the connection is dropped.</summary>
    public static SessionFailure OutOfStep(ServerAddress server, in SmtpReply reply, string command) => Said(server, reply, command) with
    {
        Status = FromReply(server, reply, $"Protocol error: host {server.NameAndAddress} said: {reply.Text} (in reply to {command} command)") with
        {
            Action = DeliveryAction.Deferred,
            Status = new EnhancedStatus(4, 5, 0),
        },
        IsDisconnected = true,
    };

    /// <param name="doing"><c>sending MAIL FROM</c>, <c>performing the EHLO handshake</c>…</param>
    public static SessionFailure NoReply(ServerAddress server, ReplyFailure failure, string doing, bool isDestinationWide)
    {
        var what = failure == ReplyFailure.TimedOut
            ? $"conversation with {server.NameAndAddress} timed out while {doing}"
            : $"lost connection with {server.NameAndAddress} while {doing}";
        return Local("4.4.2", what, isDestinationWide) with { IsDisconnected = true };
    }

    private static DeliveryStatus FromReply(ServerAddress server, in SmtpReply reply, string reason) =>
        Make(reply.Status.IsSuccess ? new EnhancedStatus(5, 5, 0) : reply.Status, reason) with
    {
        RemoteMta = server.HostName,
        DiagnosticType = "smtp",
        Diagnostic = reply.Text,
    };

    private static DeliveryStatus Make(EnhancedStatus status, string reason) =>
        new(status.IsPermanent ? DeliveryAction.Bounced : DeliveryAction.Deferred, status, reason);
}
