namespace Estafeta.Net.Https;

/// <summary>An HTTP answer: status, type of the content without parameters and in lower case, the content.</summary>
public sealed record HttpAnswer(int Status, string ContentType, byte[] Content);
