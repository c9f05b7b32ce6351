using System.Security.Cryptography;

namespace Estafeta.Net.Tls.Server;

/// <summary>
/// A key that seals session tickets (RFC 5077 §4), known to all processes of the mail system and to no disk. It seals for a while and
/// opens for longer, so that a ticket is good for its whole life whatever key is current.
/// </summary>
/// <param name="Name">Sixteen octets in front of each ticket.</param>
/// <param name="Mac">For HMAC-SHA-256.</param>
/// <param name="Cipher">As many octets as the longest cipher key, of which the cipher takes what it needs.</param>
/// <param name="SealsFrom">Begin of its use for new tickets; a key is handed out ahead of this.</param>
/// <param name="OpensUntil">End of everything.</param>
public sealed record TicketKey(byte[] Name, byte[] Mac, byte[] Cipher, DateTimeOffset SealsFrom, DateTimeOffset OpensUntil)
{
    public const int NameOctets = 16;
    public const int MacOctets = 32;
    public const int CipherOctets = 32;

    public static TicketKey Generate(DateTimeOffset sealsFrom, DateTimeOffset opensUntil) => new(
        RandomNumberGenerator.GetBytes(NameOctets),
        RandomNumberGenerator.GetBytes(MacOctets),
        RandomNumberGenerator.GetBytes(CipherOctets),
        sealsFrom,
        opensUntil);
}
