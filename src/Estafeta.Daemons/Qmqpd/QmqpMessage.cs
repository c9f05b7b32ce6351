namespace Estafeta.Daemons.Qmqpd;

/// <summary>What a client handed over: content with LF line ends, and addresses in internal form.</summary>
internal sealed record QmqpMessage(byte[] Content, string Sender, IReadOnlyList<string> Recipients);
