using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Clients;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>
/// XCLIENT: a client of smtpd_authorized_xclient_hosts says that another one is behind it. The session starts over as that client, whom
/// the same permission no longer covers.
/// </summary>
internal static class XclientVerb
{
    private const string Attributes = "NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT";

    public static async ValueTask<bool> XclientAsync(SmtpdSession session, CommandLine command)
    {
        if (session.Transaction != null)
        {
            return await session.RefuseAsync("503 5.5.1 Error: MAIL transaction in progress");
        }

        if (command.Count < 2)
        {
            return await session.RefuseAsync("501 5.5.4 Syntax: XCLIENT attribute=value...");
        }

        var isAllowed = await session.Service.IsXclientAllowedAsync(session);
        if (isAllowed == null)
        {
            session.Log.Warning($"don't know if command XCLIENT should be allowed from {session.Peer.NameAddress}");
            return await session.RefuseForDataTroubleAsync();
        }

        if (isAllowed == false)
        {
            return await session.RefuseAsync("550 5.7.0 Error: insufficient authorization", SessionErrors.Policy);
        }

        var identity = new ClaimedIdentity(session);
        for (var i = 1; i < command.Count; i++)
        {
            var problem = ForeignAttributes.Read(command[i], out var name, out var value) ?? identity.Set(name, value);
            if (problem != null)
            {
                return await session.RefuseAsync(problem);
            }
        }

        await session.RestartAsync(identity);
        return true;
    }

    public static string EhloLine => "XCLIENT " + Attributes;
}

/// <summary>What XCLIENT said so far.</summary>
internal sealed class ClaimedIdentity(SmtpdSession session)
{
    public ClientPeer Peer { get; private set; } = session.Peer;

    public string? Helo { get; private set; }

    public bool IsExtended { get; private set; }

    /// <summary>Null: not said; empty: logged out.</summary>
    public string? Login { get; private set; }

    /// <summary>Null when the attribute was taken.</summary>
    public string? Set(string name, string value)
    {
        var isUnavailable = ForeignAttributes.IsUnavailable(value);
        var status = !isUnavailable ? ClientNameStatus.Ok
            : value.Equals(ForeignAttributes.TemporarilyUnavailable, StringComparison.OrdinalIgnoreCase) ? ClientNameStatus.Temporary
            : ClientNameStatus.Permanent;
        switch (name)
        {
            case "NAME" when isUnavailable || DomainName.IsValidHostName(value):
                Peer = Peer with { Name = isUnavailable ? "unknown" : value, NameStatus = status };
                return null;
            case "REVERSE_NAME" when isUnavailable || DomainName.IsValidHostName(value):
                Peer = Peer with { ReverseName = isUnavailable ? "unknown" : value, ReverseNameStatus = status };
                return null;
            case "ADDR" when isUnavailable:
                Peer = Peer with { Address = "unknown", IPAddress = null };
                return null;
            case "ADDR" when ForeignAttributes.TryReadAddress(value, out var address):
                Peer = Peer with { Address = address.ToString(), IPAddress = address };
                return null;
            case "PORT" when isUnavailable || ForeignAttributes.IsPort(value):
                Peer = Peer with { Port = isUnavailable ? "unknown" : value };
                return null;
            case "DESTADDR" when isUnavailable:
                Peer = Peer with { ServerAddress = "unknown" };
                return null;
            case "DESTADDR" when ForeignAttributes.TryReadAddress(value, out var server):
                Peer = Peer with { ServerAddress = server.ToString() };
                return null;
            case "DESTPORT" when isUnavailable || ForeignAttributes.IsPort(value):
                Peer = Peer with { ServerPort = isUnavailable ? "unknown" : value };
                return null;
            case "HELO":
                Helo = isUnavailable ? null : value;
                return null;
            case "PROTO" when value.Equals("SMTP", StringComparison.OrdinalIgnoreCase) || value.Equals("ESMTP", StringComparison.OrdinalIgnoreCase):
                IsExtended = value.Length == 5;
                return null;
            case "LOGIN":
                Login = isUnavailable ? "" : value;
                return null;
            case "NAME" or "REVERSE_NAME" or "ADDR" or "PORT" or "DESTADDR" or "DESTPORT" or "PROTO":
                return ForeignAttributes.BadValue(name, value);
            default:
                return ForeignAttributes.BadName("XCLIENT", name);
        }
    }
}
