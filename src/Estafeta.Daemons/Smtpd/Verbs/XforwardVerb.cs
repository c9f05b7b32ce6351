using System.Text;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>
/// XFORWARD: a content filter of smtpd_authorized_xforward_hosts passes on whom the message came from, for logs and for the next filter. It
/// changes nobody's rights, and counts for one message.
/// </summary>
internal static class XforwardVerb
{
    private const string Attributes = "NAME ADDR PROTO HELO SOURCE PORT IDENT";

    public static string EhloLine => "XFORWARD " + Attributes;

    public static async ValueTask<bool> XforwardAsync(SmtpdSession session, CommandLine command)
    {
        if (session.Transaction != null)
        {
            return await session.RefuseAsync("503 5.5.1 Error: MAIL transaction in progress");
        }

        if (command.Count < 2)
        {
            return await session.RefuseAsync("501 5.5.4 Syntax: XFORWARD attribute=value...");
        }

        var isAllowed = await session.Service.IsXforwardAllowedAsync(session);
        if (isAllowed == null)
        {
            session.Log.Warning($"don't know if command XFORWARD should be allowed from {session.Peer.NameAddress}");
            return await session.RefuseForDataTroubleAsync();
        }

        if (isAllowed == false)
        {
            return await session.RefuseAsync("550 5.7.0 Error: insufficient authorization", SessionErrors.Policy);
        }

        var forwarded = session.Forwarded ?? ForwardedClient.None;
        for (var i = 1; i < command.Count; i++)
        {
            var problem = ForeignAttributes.Read(command[i], out var name, out var value);
            forwarded = problem == null ? forwarded.With(name, value, out problem) : forwarded;
            if (problem != null)
            {
                return await session.RefuseAsync(problem);
            }
        }

        session.Forwarded = forwarded;
        await session.ReplyAsync("250 2.0.0 Ok");
        return true;
    }
}

/// <summary>The client a content filter forwards for; unknown parts are empty.</summary>
internal sealed record ForwardedClient
{
    public static readonly ForwardedClient None = new();

    public string Name { get; init; } = "";

    public string Address { get; init; } = "";

    public string Port { get; init; } = "";

    public string Protocol { get; init; } = "";

    public string Helo { get; init; } = "";

    /// <summary>Queue ID of the message in the system before the filter.</summary>
    public string Identifier { get; init; } = "";

    /// <summary>SOURCE=LOCAL: headers are completed as for mail submitted here.</summary>
    public bool? IsLocal { get; init; }

    /// <summary>The record with one attribute set; <paramref name="problem"/> is the reply when it cannot be.</summary>
    public ForwardedClient With(string name, string value, out string? problem)
    {
        problem = null;
        var text = ForeignAttributes.IsUnavailable(value) ? "unknown" : value;
        switch (name)
        {
            case "NAME" when text == "unknown" || DomainName.IsValidHostName(text):
                return this with { Name = text };
            case "ADDR" when text == "unknown":
                return this with { Address = text };
            case "ADDR" when ForeignAttributes.TryReadAddress(text, out var address):
                return this with { Address = address.ToString() };
            case "PORT" when text == "unknown" || ForeignAttributes.IsPort(text):
                return this with { Port = text };
            case "PROTO":
                return this with { Protocol = text };
            case "HELO":
                return this with { Helo = text };
            case "IDENT":
                return this with { Identifier = text };
            case "SOURCE" when text.Equals("LOCAL", StringComparison.OrdinalIgnoreCase) || text.Equals("REMOTE", StringComparison.OrdinalIgnoreCase):
                return this with { IsLocal = text.Length == 5 };
            default:
                problem = name is "NAME" or "ADDR" or "PORT" or "SOURCE" ? ForeignAttributes.BadValue(name, value) : ForeignAttributes.BadName("XFORWARD", name);
                return this;
        }
    }

    /// <summary>For the <c>client=</c> line.</summary>
    public StringBuilder AppendTo(StringBuilder line)
    {
        if (Identifier.Length > 0)
        {
            line.Append(", orig_queue_id=").Append(Identifier);
        }

        return Name.Length > 0 || Address.Length > 0
            ? line.Append(", orig_client=").Append(Name.Length > 0 ? Name : "unknown").Append('[').Append(Address.Length > 0 ? Address : "unknown").Append(']')
            : line;
    }
}
