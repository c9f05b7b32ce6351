namespace Estafeta.Tables;

/// <summary>
/// A table cannot be opened. <see cref="TableSet"/> catches it and puts a table in its place that answers Trouble;
/// commands print the message and stop.
/// </summary>
public sealed class TableUnavailableException(string reason) : Exception(reason);
