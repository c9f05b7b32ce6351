namespace Estafeta.TestSystem;

/// <summary>The server's reply has another code than the test said.</summary>
public sealed class UnexpectedReplyException(string message) : Exception(message);
