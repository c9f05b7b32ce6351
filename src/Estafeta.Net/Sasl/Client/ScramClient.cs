using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>
/// SCRAM (RFC 5802, 7677), with channel binding by tls-exporter (RFC 9266) for the -PLUS names: neither side shows the password, and the
/// server has to prove that it knows it. An iteration count beyond reason is refused: the server chooses it, we pay for it.
/// </summary>
internal sealed class ScramClient : SaslClientMechanism
{
    private const int MaximumIterations = 1_000_000;
    private const int MinimumIterations = 1024;

    private readonly SaslCredentials _credentials;
    private readonly HashAlgorithmName _hash;
    private readonly int _hashOctets;
    private readonly byte[]? _channelBinding;
    private readonly string _header;
    private readonly string _nonce;
    private readonly string _firstBare;
    private byte[] _serverSignature = [];
    private State _state;

    internal ScramClient(SaslMechanism mechanism, SaslCredentials credentials, byte[]? channelBinding, HashAlgorithmName hash, string? nonce = null)
        : base(mechanism)
    {
        _credentials = credentials;
        _hash = hash;
        _hashOctets = hash == HashAlgorithmName.SHA256 ? 32 : 20;
        var isBound = mechanism.Name.EndsWith("-PLUS", StringComparison.Ordinal);
        _channelBinding = isBound ? channelBinding : null;

        // "y": we could bind, but this server does not offer it; a server that did finds out that somebody took its offer away.
        var actsAs = credentials.AuthorizationId.Length > 0 ? "a=" + Escape(credentials.AuthorizationId) : "";
        _header = $"{(isBound ? "p=tls-exporter" : channelBinding != null ? "y" : "n")},{actsAs},";
        _nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        _firstBare = $"n={Escape(credentials.User)},r={_nonce}";
    }

    private enum State
    {
        First,
        Final,
        Done,
    }

    public override byte[] InitialResponse => Encoding.UTF8.GetBytes(_header + _firstBare);

    public override bool IsServerProven => _state == State.Done;

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        response = [];
        if (challenge.IsEmpty && _state == State.First)
        {
            response = InitialResponse;
            return true;
        }

        var text = Encoding.UTF8.GetString(challenge);
        switch (_state)
        {
            case State.First:
                _state = State.Final;
                return TryAnswer(text, out response);
            case State.Final:
                _state = State.Done;
                return text.StartsWith("v=", StringComparison.Ordinal)
                    && TryDecode(text.Split(',')[0][2..], out var proof)
                    && CryptographicOperations.FixedTimeEquals(proof, _serverSignature);
            default:
                return false;
        }
    }

    internal static SaslClientMechanism? Sha256Plus(SaslMechanism mechanism, SaslCredentials credentials, byte[]? channelBinding) =>
        channelBinding == null ? null : new ScramClient(mechanism, credentials, channelBinding, HashAlgorithmName.SHA256);

    internal static SaslClientMechanism? Sha1Plus(SaslMechanism mechanism, SaslCredentials credentials, byte[]? channelBinding) =>
        channelBinding == null ? null : new ScramClient(mechanism, credentials, channelBinding, HashAlgorithmName.SHA1);

    internal static SaslClientMechanism Sha256(SaslMechanism mechanism, SaslCredentials credentials, byte[]? channelBinding) =>
        new ScramClient(mechanism, credentials, channelBinding, HashAlgorithmName.SHA256);

    internal static SaslClientMechanism Sha1(SaslMechanism mechanism, SaslCredentials credentials, byte[]? channelBinding) =>
        new ScramClient(mechanism, credentials, channelBinding, HashAlgorithmName.SHA1);

    private bool TryAnswer(string serverFirst, out byte[] response)
    {
        response = [];
        var parts = serverFirst.Split(',');
        if (parts.Length < 3
            || !parts[0].StartsWith("r=" + _nonce, StringComparison.Ordinal) || parts[0].Length <= 2 + _nonce.Length
            || !parts[1].StartsWith("s=", StringComparison.Ordinal) || !TryDecode(parts[1][2..], out var salt) || salt.Length == 0
            || !parts[2].StartsWith("i=", StringComparison.Ordinal)
            || !int.TryParse(parts[2].AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < MinimumIterations or > MaximumIterations)
        {
            return false;
        }

        byte[] binding = [.. Encoding.UTF8.GetBytes(_header), .. _channelBinding ?? []];
        var withoutProof = $"c={Convert.ToBase64String(binding)},{parts[0]}";
        var message = Encoding.UTF8.GetBytes($"{_firstBare},{serverFirst},{withoutProof}");
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(SaslPrep.Password(_credentials.Password)), salt, iterations, _hash, _hashOctets);
        var clientKey = Hmac(salted, "Client Key"u8);
        var proof = Hmac(Hash(clientKey), message);
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        _serverSignature = Hmac(Hmac(salted, "Server Key"u8), message);
        response = Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
        return true;
    }

    private byte[] Hmac(byte[] key, ReadOnlySpan<byte> message) =>
        _hash == HashAlgorithmName.SHA256 ? HMACSHA256.HashData(key, message) : HMACSHA1.HashData(key, message);

    private byte[] Hash(byte[] data) => _hash == HashAlgorithmName.SHA256 ? SHA256.HashData(data) : SHA1.HashData(data);

    private static bool TryDecode(string text, out byte[] octets)
    {
        octets = new byte[text.Length];
        var isValid = Convert.TryFromBase64String(text, octets, out var length);
        Array.Resize(ref octets, length);
        return isValid;
    }

    private static string Escape(string user) => SaslPrep.Name(user).Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
}
