using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Domains;
using Estafeta.Net.Dns;
using Estafeta.Net.Signatures;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Dkim;

/// <summary>
/// <c>estafeta dkim genkey</c>: makes a key, writes it to <c>selector.private</c>, and prints the DNS record and the lines for the two tables.
/// </summary>
public static class DkimProgram
{
    private const string UsageText = "[-c config_dir] genkey -d domain -s selector [-t rsa|ed25519] [-b bits] [-D directory]";
    private const int TextOctets = 255;
    private const int FewestBits = 1024;
    private const int MostBits = 8192;

    /// <param name="arguments">Without the verb.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) => CommandProgram.RunAsync("dkim", log =>
    {
        var reader = new OptionReader(arguments, "c:d:s:t:b:D:");
        var (domain, selector, type, bits, directory) = ("", "", "rsa", 2048, ".");
        string? configDirectory = null;
        while (reader.TryRead(out var option, out var value))
        {
            switch (option)
            {
                case 'd':
                    domain = InternationalDomain.ToAscii(value)?.ToLowerInvariant() ?? value;
                    break;
                case 'c':
                    configDirectory = value;
                    break;
                case 's':
                    selector = value;
                    break;
                case 't':
                    type = value;
                    break;
                case 'b' when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= FewestBits and <= MostBits:
                    bits = number;
                    break;
                case 'b':
                    throw new CommandException($"{value}: keys have {FewestBits} to {MostBits} bits");
                default:
                    directory = value;
                    break;
            }
        }

        if (reader.Error != null || reader.Operands is not ["genkey"] || domain.Length == 0 || selector.Length == 0 || type is not ("rsa" or "ed25519"))
        {
            throw CommandProgram.Usage("estafeta dkim", reader, UsageText);
        }

        if (!DnsName.IsHostName(domain) || !DnsName.IsHostName(selector + ".x"))
        {
            throw new CommandException($"{selector}._domainkey.{domain}: not a domain name");
        }

        var pem = type == "rsa" ? MakeRsa(bits) : MakeEd25519();
        var path = Path.Combine(Path.GetFullPath(directory), selector + ".private");
        Write(path, pem, FindOwner(configDirectory, log));
        using var key = SignatureKey.ReadPrivate(pem)!; // made above
        log.Streams.Output.Write(Encoding.UTF8.GetBytes(Describe(domain, selector, path, key)));
        return Task.FromResult(0);
    }, streams);

    private static string MakeRsa(int bits)
    {
        using var rsa = RSA.Create(bits);
        return rsa.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static string MakeEd25519()
    {
        // RFC 8410 §7: PrivateKeyInfo around a seed.
        byte[] der = [.. "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"u8, .. RandomNumberGenerator.GetBytes(32)];
        return PemEncoding.WriteString("PRIVATE KEY", der) + "\n";
    }

    // Cleanup reads keys as mail_owner. Null: whoever makes the key has it.
    private static UserAccount? FindOwner(string? configDirectory, CommandLog log) =>
        Privileges.IsRoot ? Accounts.FindUser(CommandProgram.Load(configDirectory, log).Get(Parameters.MailOwner)) : null;

    private static void Write(string path, string pem, UserAccount? owner)
    {
        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, // a key that is in use is not lost
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(Encoding.ASCII.GetBytes(pem));
            if (owner is { } account)
            {
                FileOwnership.Set(path, account.Uid, account.Gid);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(e.Message);
        }
    }

    private static string Describe(string domain, string selector, string path, SignatureKey key)
    {
        var record = $"v=DKIM1; k={(key.IsRsa ? "rsa" : "ed25519")}; p={Convert.ToBase64String(key.ExportPublic())}";
        var strings = string.Join("\n\t", record.Chunk(TextOctets).Select(c => $"\"{new string(c)}\""));
        return $"""
            {selector}._domainkey.{domain}. IN TXT ( {strings} )

            # estafeta_dkim_key_table
            {selector}._domainkey.{domain} {domain}:{selector}:{path}
            # estafeta_dkim_signing_table = refile:...
            *@{domain} {selector}._domainkey.{domain}

            """;
    }
}
