using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls.Server;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.TlsManagement;

/// <summary>The frames between <see cref="RemoteTlsManager"/> and <see cref="TlsManagerEndpoint"/>: one question, one answer.</summary>
internal static class TlsManagerWire
{
    public const byte GetTicketKeys = IpcFrame.FirstOwn;
    public const byte FindPolicy = IpcFrame.FirstOwn + 1;
    public const byte RefreshPolicy = IpcFrame.FirstOwn + 2;
    public const byte PurgePolicy = IpcFrame.FirstOwn + 3;
    public const byte Report = IpcFrame.FirstOwn + 4;
    public const byte SendReports = IpcFrame.FirstOwn + 5;
    public const byte Answer = IpcFrame.FirstOwn + 6;

    private const int MaximumItems = 1000;

    public static void Write(WireWriter to, StsFinding finding)
    {
        to.WriteOptional(finding.Policy?.Text);
        to.Write(finding.Failure);
        to.Write(finding.Detail);
    }

    public static StsFinding ReadFinding(ref WireReader from)
    {
        var text = from.ReadOptionalString();
        var policy = text == null ? null : StsPolicy.Parse(text, out _) ?? throw new IpcProtocolException("malformed policy");
        return new StsFinding(policy, from.ReadString(), from.ReadString());
    }

    public static void Write(WireWriter to, IReadOnlyList<TicketKey> keys)
    {
        to.Write((long)keys.Count);
        foreach (var key in keys)
        {
            to.Write(key.Name.AsSpan());
            to.Write(key.Mac.AsSpan());
            to.Write(key.Cipher.AsSpan());
            to.Write(key.SealsFrom);
            to.Write(key.OpensUntil);
        }
    }

    public static IReadOnlyList<TicketKey> ReadKeys(ref WireReader from)
    {
        var keys = new TicketKey[ReadCount(ref from)];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = new TicketKey(
                ReadExactly(ref from, TicketKey.NameOctets),
                ReadExactly(ref from, TicketKey.MacOctets),
                ReadExactly(ref from, TicketKey.CipherOctets),
                from.ReadTime(),
                from.ReadTime());
        }

        return keys;
    }

    public static void Write(WireWriter to, TlsOutcome outcome)
    {
        to.Write(outcome.Domain);
        to.Write(outcome.PolicyType);
        Write(to, outcome.PolicyStrings);
        Write(to, outcome.MxHosts);
        to.Write(outcome.ResultType);
        to.Write(outcome.SendingAddress);
        to.Write(outcome.ReceivingHost);
        to.Write(outcome.ReceivingHelo);
        to.Write(outcome.ReceivingAddress);
        to.Write(outcome.AdditionalInformation);
        to.Write(outcome.ReasonCode);
    }

    // Initialisers run in the order they are written.
    public static TlsOutcome ReadOutcome(ref WireReader from) => new()
    {
        Domain = from.ReadString(),
        PolicyType = from.ReadString(),
        PolicyStrings = ReadList(ref from),
        MxHosts = ReadList(ref from),
        ResultType = from.ReadString(),
        SendingAddress = from.ReadString(),
        ReceivingHost = from.ReadString(),
        ReceivingHelo = from.ReadString(),
        ReceivingAddress = from.ReadString(),
        AdditionalInformation = from.ReadString(),
        ReasonCode = from.ReadString(),
    };

    private static void Write(WireWriter to, IReadOnlyList<string> texts)
    {
        to.Write((long)texts.Count);
        foreach (var text in texts)
        {
            to.Write(text);
        }
    }

    private static string[] ReadList(ref WireReader from)
    {
        var texts = new string[ReadCount(ref from)];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = from.ReadString();
        }

        return texts;
    }

    private static int ReadCount(ref WireReader from) =>
        from.ReadInt32() is >= 0 and <= MaximumItems and var count ? count : throw new IpcProtocolException("too many items");

    private static byte[] ReadExactly(ref WireReader from, int octets) =>
        from.ReadBytes().ToArray() is var read && read.Length == octets ? read : throw new IpcProtocolException("key of wrong length");
}
