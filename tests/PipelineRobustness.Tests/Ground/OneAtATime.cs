// libtorch's threads and its count of live tensors belong to the process: two specs at once would disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
