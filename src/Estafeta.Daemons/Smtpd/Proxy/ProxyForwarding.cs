using System.Text;
using Estafeta.Daemons.Smtpd.Verbs;
using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Proxy;

/// <summary>XFORWARD towards the filter: whom the message is from, as far as the filter's EHLO reply says that it wants to know.</summary>
internal static class ProxyForwarding
{
    /// <summary>The commands, each within the length limit; none when the filter does not want any.</summary>
    public static List<string> Commands(SmtpdSession session, string ehlo, int maxOctets)
    {
        var commands = new List<string>();
        var command = new StringBuilder("XFORWARD");
        var bare = command.Length;
        foreach (var (name, value) in Attributes(session))
        {
            if (!Announces(ehlo, name))
            {
                continue;
            }

            var text = value.Length == 0 || value == "unknown" ? "[UNAVAILABLE]" : Xtext.Encode(value);
            if (command.Length > bare && command.Length + name.Length + text.Length + 4 > maxOctets)
            {
                commands.Add(command.ToString());
                command.Length = bare;
            }

            command.Append(' ').Append(name).Append('=').Append(text);
        }

        if (command.Length > bare)
        {
            commands.Add(command.ToString());
        }

        return commands;
    }

    private static IEnumerable<(string Name, string Value)> Attributes(SmtpdSession session)
    {
        var client = session.ClientIdentity();
        yield return ("NAME", client.Name);
        yield return ("ADDR", client.Address.Contains(':', StringComparison.Ordinal) ? "IPV6:" + client.Address : client.Address);
        yield return ("PORT", client.Port);
        yield return ("HELO", client.Helo);
        yield return ("IDENT", session.Forwarded is { Identifier: var identifier } ? identifier : "");
        yield return ("PROTO", client.Protocol);
        yield return ("SOURCE", client.IsLocal ? "LOCAL" : "REMOTE");
    }

    private static bool Announces(string ehlo, string attribute)
    {
        foreach (var line in ehlo.AsSpan().EnumerateLines())
        {
            if (line.Length > 4 && line[4..].StartsWith("XFORWARD", StringComparison.OrdinalIgnoreCase))
            {
                foreach (var word in line[4..].Split(' '))
                {
                    if (line[4..][word].Equals(attribute, StringComparison.OrdinalIgnoreCase))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
